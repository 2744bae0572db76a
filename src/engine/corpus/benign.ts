import type { Capability } from '../../contract/actions.ts';
import type { GroundTruth } from '../../contract/episodes.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { GatewayMessage, ToolDefinition, TraceEntry } from '../../contract/messages.ts';
import type { Random } from '../random/random.ts';
import { renderContent, renderWithNote } from './contentText.ts';
import type { CallValues, ServerData, ToolData } from './data.ts';
import { benignDrift } from './drift.ts';
import {
  concreteTask,
  maybe,
  messageId,
  plantInTool,
  replaced,
  sentence,
  serverScope,
  TOOL_PLACES,
  TRACE_RATE,
  union,
  USER_TASK_RATE,
  type ConcreteTask,
  type Workshop,
} from './draft.ts';
import { carry } from './injection.ts';
import { launchEntry } from './launch.ts';
import type { ScenarioMessage } from './scenario.ts';
import { expand } from './slots.ts';
import { drawStyle, loneDefinition, paramsWithRole, toolList, type ToolStyle } from './toolText.ts';
import {
  callMessage,
  launchMessage,
  manifestMessage,
  openWire,
  resourceMessage,
  resultMessage,
  samplingMessage,
  serverNeeds,
  traceOf,
  type Wire,
} from './wire.ts';

type BenignVector = 'none' | 'hard_negative' | 'benign_drift';

interface Session {
  readonly shop: Workshop;
  readonly server: ServerData;
  readonly wire: Wire;
  readonly style: ToolStyle;
  readonly random: Random;
  readonly trace: TraceEntry[];
  readonly origin: string;
}

/** A coherent session with one server: launch, listing, calls with answers, resources, sampling, honest new definitions; 3 to 8 messages. */
export function composeSession(shop: Workshop, server: ServerData, variant: number, random: Random): readonly ScenarioMessage[] {
  const wire = openWire(server, random);
  const session: Session = { shop, server, wire, style: drawStyle(random), random, trace: [], origin: `benign:${server.name}#${variant}` };
  const messages: ScenarioMessage[] = [];
  const add = (made: ScenarioMessage): void => {
    messages.push(made);
    session.trace.push(traceOf(made.message));
  };
  if (wire.transport === 'stdio' && random.chance(0.5)) add(launchStep(session));
  if (random.chance(0.75)) add(manifestStep(session));
  const calls = 1 + random.int(2);
  for (let i = 0; i < calls; i++) for (const made of callSteps(session)) add(made);
  if (random.chance(0.3)) add(resourceStep(session));
  if (random.chance(0.35)) add(samplingStep(session));
  if (messages.length < 3 || (messages.length < 8 && random.chance(0.4))) add(driftStep(session));
  return messages;
}

function benignTruth(vector: BenignVector, needs: readonly Capability[]): GroundTruth {
  return { malicious: false, vector, obfuscation: [], stdioEscape: false, needs, fitting: 'ALLOW' };
}

function made(session: Session, message: GatewayMessage, vector: BenignVector, needs: readonly Capability[]): ScenarioMessage {
  return { message, truth: benignTruth(vector, needs), origin: session.origin };
}

function traceSoFar(session: Session): readonly TraceEntry[] | undefined {
  return maybe(session.random, TRACE_RATE, session.trace.slice(-3));
}

function launchStep(session: Session): ScenarioMessage {
  const { shop, server, wire, random } = session;
  const { entry } = launchEntry(shop, server, random);
  return made(session, launchMessage(wire, entry, messageId(random)), 'none', ['process.exec']);
}

function manifestStep(session: Session): ScenarioMessage {
  const { shop, server, wire, style, random } = session;
  const scope = serverScope(shop, server, random);
  const tools = toolList(server, manifestSize(random), style, scope);
  if (random.chance(0.3)) return loneToolStep(session);
  const hard = random.chance(0.55);
  const listed = hard ? withForcefulNote(session, tools) : tools;
  return made(
    session,
    manifestMessage(wire, listed, messageId(random), { ...soleTool(listed) }),
    hard ? 'hard_negative' : 'none',
    serverNeeds(server),
  );
}

/** A listing that shows a tool of another trade, alone or beside the server's own. */
function loneToolStep(session: Session): ScenarioMessage {
  const { shop, server, wire, style, random } = session;
  const scope = serverScope(shop, server, random);
  const lone = random.pick(shop.data.benign.loneTools);
  const others = random.chance(0.6) ? [] : toolList(server, 1 + random.int(2), style, scope);
  const tools = random.shuffle([loneDefinition(lone, style, scope), ...others]);
  const needs = others.length > 0 ? union(serverNeeds(server), lone.needs) : lone.needs;
  return made(session, manifestMessage(wire, tools, messageId(random), soleTool(tools)), 'none', needs);
}

/** How many tools a listing shows; most gateways see them a few at a time. */
export function manifestSize(random: Random): number {
  return random.pick([1, 1, 1, 2, 2, 3, 4]);
}

/** The context names the tool only when the message is about one. */
export function soleTool(tools: readonly ToolDefinition[]): { readonly tool?: string } {
  const [only] = tools;
  return tools.length === 1 && only !== undefined ? { tool: only.name } : {};
}

function withForcefulNote(session: Session, tools: readonly ToolDefinition[]): ToolDefinition[] {
  const { shop, server, random } = session;
  const at = random.int(tools.length);
  const tool = tools[at] as ToolDefinition;
  const scope = serverScope(shop, server, random);
  scope.bound.set('tool', tool.name);
  scope.bound.set('other_tool', random.pick(server.tools).name);
  const { toolNotes } = shop.data.benign;
  const notes = random
    .shuffle(toolNotes)
    .slice(0, 1 + random.int(3))
    .map((note) => expand(note, scope))
    .join(' ');
  const wrapped = random.chance(0.4) ? carry(shop.data.attacks.toolCarriers, notes, scope, random) : notes;
  const place = random.pick(TOOL_PLACES);
  const fits = place === 'default' || place === 'title' || place === 'enum' ? 'description' : place;
  return replaced(tools, at, plantInTool(tool, wrapped, fits, random));
}

function callSteps(session: Session): ScenarioMessage[] {
  const { shop, server, random, wire } = session;
  const open = server.tools.filter((tool) => fittingValues(shop, tool).length > 0);
  const tool = random.pick(open.length > 0 && random.chance(0.7) ? open : server.tools);
  const task = concreteTask(shop, server, tool, random);
  const special = specialValue(session, tool, task);
  const ask = special?.ask ?? task.ask;
  const id = messageId(random);
  const call = callMessage(wire, tool.name, special?.args ?? task.args, id, {
    userTask: maybe(random, USER_TASK_RATE.call, ask),
    trace: traceSoFar(session),
  });
  const first = made(session, call, special === null ? 'none' : 'hard_negative', tool.needs);
  return [first, resultStep(session, tool, { ...task, ask }, id)];
}

/** Values that may stand in one of the tool's parameters; what a user asks to see is never a file to be written. */
function fittingValues(shop: Workshop, tool: ToolData): readonly CallValues[] {
  const changesFiles = tool.needs.includes('fs.write') || tool.needs.includes('fs.delete');
  return shop.data.benign.calls.filter(({ role }) => !(role === 'path' && changesFiles) && paramsWithRole(tool, role).length > 0);
}

/** A value that looks suspicious and is what the user asked for, where the tool has a parameter for it. */
function specialValue(session: Session, tool: ToolData, task: ConcreteTask): { readonly ask: string; readonly args: JsonObject } | null {
  const { shop, random } = session;
  const fitting = fittingValues(shop, tool);
  if (fitting.length === 0 || !random.chance(0.85)) return null;
  const values: CallValues = random.pick(fitting);
  const value = expand(random.pick(values.values), task.scope);
  task.scope.bound.set('value', value);
  const ask = values.ask === undefined ? task.ask : sentence(expand(random.pick(values.ask), task.scope));
  const param = random.pick(paramsWithRole(tool, values.role));
  return { ask, args: { ...task.args, [param]: value } };
}

function resultStep(session: Session, tool: ToolData, task: ConcreteTask, id: number): ScenarioMessage {
  const { shop, random, wire } = session;
  const hard = random.chance(0.7);
  const text = hard ? renderWithNote(task.result, contentNote(shop, task, random), random) : renderContent(task.result, random);
  return made(
    session,
    resultMessage(wire, tool.name, text, id, { userTask: maybe(random, USER_TASK_RATE.result, task.ask), trace: traceSoFar(session) }),
    hard ? 'hard_negative' : 'none',
    tool.needs,
  );
}

function contentNote(shop: Workshop, task: Pick<ConcreteTask, 'scope'>, random: Random): string {
  const { contentNotes, contentCarriers } = shop.data.benign;
  const notes = random
    .shuffle(contentNotes)
    .slice(0, 1 + random.int(2))
    .map((note) => expand(note, task.scope))
    .join(' ');
  if (random.chance(0.45)) return notes;
  const carriers = random.chance(0.5) ? shop.data.attacks.contentCarriers : contentCarriers;
  return carry(carriers, notes, task.scope, random);
}

function resourceStep(session: Session): ScenarioMessage {
  const { shop, server, random, wire } = session;
  const document = drawDocument(shop, server, random);
  const hard = random.chance(0.6);
  const text = hard ? renderWithNote(document.text, contentNote(shop, document, random), random) : document.text;
  const ask = document.ask;
  return made(
    session,
    resourceMessage(wire, { ...document, text }, messageId(random), { userTask: maybe(random, USER_TASK_RATE.resource, ask) }),
    hard ? 'hard_negative' : 'none',
    [],
  );
}

/** A document of the server, or one of those any server may hold. */
export function drawDocument(
  shop: Workshop,
  server: ServerData,
  random: Random,
): { readonly uri: string; readonly mime: string; readonly text: string; readonly ask: string; readonly scope: ConcreteTask['scope'] } {
  const scope = serverScope(shop, server, random);
  const own = server.resources ?? [];
  const document = own.length > 0 && random.chance(0.35) ? random.pick(own) : random.pick(shop.data.benign.documents);
  const uri = expand(document.uri, scope);
  const text = random
    .shuffle(document.text)
    .slice(0, 1 + random.int(document.text.length))
    .map((part) => expand(part, scope));
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  const ask = expand(
    random.pick(shop.data.lexicon['document_ask'] ?? ['Open {{document}}.']),
    Object.assign(scope, { bound: scope.bound.set('document', name) }),
  );
  return { uri, mime: document.mime, text: text.join('\n\n'), ask, scope };
}

function samplingStep(session: Session): ScenarioMessage {
  const { shop, server, random, wire } = session;
  const task = concreteTask(shop, server, random.pick(server.tools), random);
  const { sampling, elicitations } = shop.data.benign;
  if (random.chance(0.12)) {
    const message = expand(random.pick(elicitations), task.scope);
    return made(
      session,
      samplingMessage(wire, elicitation(message, random.pick(['confirm', 'choice', 'comment']), 'boolean'), messageId(random)),
      'none',
      ['budget'],
    );
  }
  const source = random.pick(sampling);
  task.scope.bound.set('content', random.chance(0.5) ? renderContent(task.result, random) : contentNote(shop, task, random));
  task.scope.bound.set('ask', task.ask);
  const text = expand(random.pick(source.text), task.scope);
  const system = source.system === undefined || random.chance(0.35) ? undefined : expand(random.pick(source.system), task.scope);
  return made(
    session,
    samplingMessage(wire, samplingParams(text, system, random), messageId(random)),
    source.vector === 'hard_negative' ? 'hard_negative' : 'none',
    ['budget'],
  );
}

/** Parameters of `sampling/createMessage` as servers send them. */
export function samplingParams(text: string, system: string | undefined, random: Random): JsonObject {
  return {
    messages: [{ role: 'user', content: { type: 'text', text } }],
    maxTokens: random.pick([256, 400, 512, 800, 1024, 2048]),
    ...(system === undefined ? {} : { systemPrompt: system }),
    ...(random.chance(0.3) ? { includeContext: random.pick(['none', 'thisServer']) } : {}),
    ...(random.chance(0.2) ? { temperature: random.pick([0, 0.2, 0.7]) } : {}),
  };
}

/** Parameters of `elicitation/create` with one field. */
export function elicitation(message: string, field: string, type: 'boolean' | 'string'): JsonObject {
  const requestedSchema: JsonValue = { type: 'object', properties: { [field]: { type } }, required: [field] };
  return { message, requestedSchema };
}

function driftStep(session: Session): ScenarioMessage {
  const { shop, server, wire, style, random } = session;
  const tool = random.pick(server.tools);
  const scope = serverScope(shop, server, random);
  scope.bound.set('tool', tool.name);
  scope.bound.set('other_tool', random.pick(server.tools).name);
  const drift = benignDrift({ shop, tool, style, scope, random });
  const { tools, baseline } = changedListing(server, tool, drift.before, drift.after, style, session);
  const message = manifestMessage(wire, tools, messageId(random), { baseline, ...soleTool(tools) });
  return { ...made(session, message, 'benign_drift', serverNeeds(server)), origin: `${session.origin}:${drift.edit}` };
}

/** A listing in which one tool differs from its pin; most often that tool alone. */
export function changedListing(
  server: ServerData,
  tool: ToolData,
  before: ToolDefinition,
  now: ToolDefinition,
  style: ToolStyle,
  { shop, random }: { readonly shop: Workshop; readonly random: Random },
): { readonly tools: readonly ToolDefinition[]; readonly baseline: JsonValue } {
  if (random.chance(0.65)) return { tools: [now], baseline: before as unknown as JsonValue };
  const all = toolList(server, 2 + random.int(2), style, serverScope(shop, server, random), tool);
  const with_ = (definition: ToolDefinition): ToolDefinition[] => all.map((other) => (other.name === definition.name ? definition : other));
  return { tools: with_(now), baseline: { tools: with_(before) as unknown as JsonValue } };
}
