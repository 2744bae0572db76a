import type { Action, Capability } from '../../contract/actions.ts';
import type { GatewayMessage, ToolDefinition, TraceEntry } from '../../contract/messages.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Random } from '../random/random.ts';
import { changedListing, drawDocument, elicitation, manifestSize, samplingParams, soleTool } from './benign.ts';
import { insertInText, renderContent, renderWithNote } from './contentText.ts';
import type { CallValues, Goal, LoneTool, ParamRole, ServerData, ToolChange, ToolData } from './data.ts';
import { BENIGN_EDITS } from './drift.ts';
import {
  concreteTask,
  maybe,
  messageId,
  plantInTool,
  replaced,
  serverScope,
  TRACE_RATE,
  union,
  USER_TASK_RATE,
  type RoleSite,
  TOOL_PLACES,
  type Workshop,
} from './draft.ts';
import { carry, composeInjection } from './injection.ts';
import { changedLaunch, launchEntry } from './launch.ts';
import type { ScenarioMessage } from './scenario.ts';
import { expand, type Scope } from './slots.ts';
import { drawStyle, loneDefinition, parseParams, propertyOf, toolDefinition, toolList, type ToolStyle } from './toolText.ts';
import { callMessage, launchMessage, manifestMessage, openWire, resourceMessage, resultMessage, samplingMessage, traceOf } from './wire.ts';

interface Drafting {
  readonly shop: Workshop;
  readonly random: Random;
  readonly variant: number;
}

interface Truth {
  readonly vector: string;
  readonly needs: readonly Capability[];
  readonly fitting: Action;
  readonly stdioEscape?: boolean;
  /** The template family the text comes from. */
  readonly family: string | number;
}

type Composer = (drafting: Drafting) => ScenarioMessage;

/** How often each kind of attack is drawn, among those that are no STDIO escape. */
const PLAIN: readonly (readonly [weight: number, composer: Composer])[] = [
  [9, toolPoisoning],
  [5, changedToolAttack('tool_shadowing', 'shadowing')],
  [4, changedToolAttack('preference_manipulation', 'preference')],
  [5, changedToolAttack('over_privileged_tool', 'overPrivileged')],
  [5, standaloneTool('overtly_malicious_tool', 'overt')],
  [3, standaloneTool('capability_mismatch', 'mismatch')],
  [9, rugPull],
  [4, driftAttack('capability_expansion', 'expansion')],
  [2, driftAttack('preference_manipulation', 'preference')],
  [14, injectedResult],
  [7, injectedResource],
  [4, memoryPoisoning],
  [9, hijackedCall],
  [6, valueCall('argument_exfiltration', 'exfiltration')],
  [6, valueCall('credential_access', 'credentials')],
  [6, valueCall('path_traversal', 'traversal')],
  [4, valueCall('ssrf', 'ssrf')],
  [7, valueCall('command_injection', 'commandInjection')],
  [2, valueCall('resource_exhaustion', 'exhaustion')],
  [3, valueCall('confused_deputy', 'deputy')],
  [14, samplingAttack],
];

const STDIO: readonly (readonly [weight: number, composer: Composer])[] = [
  [6, launchAttack],
  [4, hostCompromise],
];

/** What suffices against a call of each vector. */
const CALL_FITTING: { readonly [vector: string]: Action } = { command_injection: 'BLOCK', argument_exfiltration: 'BLOCK' };

/** One plain attack; a function of the workshop, the variant and the generator. */
export function composeAttack(shop: Workshop, stdio: boolean, variant: number, random: Random): ScenarioMessage {
  return weighted(stdio ? STDIO : PLAIN, random)({ shop, random, variant });
}

function weighted(list: readonly (readonly [number, Composer])[], random: Random): Composer {
  let left = random.next() * list.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, composer] of list) {
    left -= weight;
    if (left < 0) return composer;
  }
  return (list[0] as readonly [number, Composer])[1];
}

function attack(message: GatewayMessage, truth: Truth, variant: number): ScenarioMessage {
  return {
    message,
    truth: {
      malicious: true,
      vector: truth.vector,
      obfuscation: [],
      stdioEscape: truth.stdioEscape ?? false,
      needs: truth.needs,
      fitting: truth.fitting,
    },
    origin: `attack:${truth.vector}:${truth.family}#${variant}`,
  };
}

/** A trace as any session leaves it: one earlier call and its answer. */
function pastTrace({ shop, random }: Drafting, server: ServerData): readonly TraceEntry[] | undefined {
  if (!random.chance(TRACE_RATE)) return undefined;
  const task = concreteTask(shop, server, random.pick(server.tools), random);
  const wire = openWire(server, random);
  return [
    traceOf(callMessage(wire, task.tool.name, task.args, 1)),
    traceOf(resultMessage(wire, task.tool.name, renderContent(task.result, random), 1)),
  ];
}

function poisonText(
  { shop, random }: Drafting,
  tool: ToolData,
  server: ServerData,
  goals: readonly Goal[],
): { readonly text: string; readonly needs: readonly Capability[]; readonly family: number } {
  const scope = serverScope(shop, server, random);
  bindTool(scope, server, tool);
  const injection = composeInjection(shop, goals, scope);
  const text = random.chance(0.55) ? carry(shop.data.attacks.toolCarriers, injection.text, scope, random) : injection.text;
  return { ...injection, text };
}

function bindTool(scope: Scope, server: ServerData, tool: ToolData): void {
  const others = server.tools.filter((other) => other !== tool);
  scope.bound.set('tool', tool.name);
  scope.bound.set('other_tool', others.length > 0 ? scope.random.pick(others).name : tool.name);
  scope.bound.set('param', scope.random.pick(parseParams(tool.params).map((param) => param.name)));
}

function toolPoisoning(drafting: Drafting): ScenarioMessage {
  const { shop, random, variant } = drafting;
  const server = random.pick(shop.data.servers);
  const tool = random.pick(server.tools);
  const style = drawStyle(random);
  const tools = toolList(server, manifestSize(random), style, serverScope(shop, server, random), tool);
  const at = tools.findIndex((other) => other.name === tool.name);
  const poison = poisonText(drafting, tool, server, shop.data.attacks.goals);
  const planted = replaced(tools, at, plantInTool(tools[at] as ToolDefinition, poison.text, random.pick(TOOL_PLACES), random));
  const message = manifestMessage(openWire(server, random), planted, messageId(random), soleTool(planted));
  return attack(message, { vector: 'tool_poisoning', needs: poison.needs, fitting: 'BLOCK', family: poison.family }, variant);
}

function applyChange(definition: ToolDefinition, change: ToolChange, scope: Scope): ToolDefinition {
  const { random } = scope;
  const noted =
    change.note.length === 0
      ? definition
      : plantInTool(definition, expand(random.pick(change.note), scope), random.chance(0.85) ? 'description' : 'parameter', random);
  if (change.params === undefined) return noted;
  const added = Object.fromEntries(parseParams(change.params).map((param) => [param.name, propertyOf(param, { schema: 'plain' })]));
  const properties = (noted.inputSchema['properties'] ?? {}) as JsonObject;
  return { ...noted, inputSchema: { ...noted.inputSchema, properties: { ...properties, ...added } } };
}

function changedToolAttack(vector: string, list: 'shadowing' | 'preference' | 'overPrivileged'): Composer {
  return ({ shop, random, variant }) => {
    const server = random.pick(shop.data.servers);
    const tool = random.pick(server.tools);
    const scope = serverScope(shop, server, random);
    bindTool(scope, server, tool);
    const changes = shop.data.attacks[list];
    const family = random.int(changes.length);
    const change = changes[family] as ToolChange;
    const style = drawStyle(random);
    const tools = toolList(server, manifestSize(random), style, scope, tool);
    const at = tools.findIndex((other) => other.name === tool.name);
    const changed = replaced(tools, at, applyChange(tools[at] as ToolDefinition, change, scope));
    const fitting: Action = list === 'overPrivileged' ? 'CAPABILITY_MEDIATION' : 'SEMANTIC_DIFF';
    return attack(
      manifestMessage(openWire(server, random), changed, messageId(random), soleTool(changed)),
      { vector, needs: change.needs, fitting, family },
      variant,
    );
  };
}

function standaloneTool(vector: string, list: 'overt' | 'mismatch'): Composer {
  return ({ shop, random, variant }) => {
    const server = random.pick(shop.data.servers);
    const scope = serverScope(shop, server, random);
    const family = random.int(shop.data.attacks[list].length);
    const bad = shop.data.attacks[list][family] as LoneTool;
    const style = drawStyle(random);
    const definition = loneDefinition(bad, style, scope);
    const others = random.chance(0.6) ? [] : toolList(server, 1 + random.int(2), style, scope);
    const tools = random.shuffle([definition, ...others]);
    const fitting: Action = list === 'overt' ? 'BLOCK' : 'CAPABILITY_MEDIATION';
    return attack(
      manifestMessage(openWire(server, random), tools, messageId(random), soleTool(tools)),
      { vector, needs: bad.needs, fitting, family },
      variant,
    );
  };
}

/** A pinned definition and a malicious successor, sometimes hidden among an honest edit. */
function changedDefinition(
  { shop, random }: Drafting,
  change: (definition: ToolDefinition, server: ServerData, tool: ToolData, style: ToolStyle) => ToolDefinition,
): { readonly message: GatewayMessage } {
  const server = random.pick(shop.data.servers);
  const tool = random.pick(server.tools);
  const style = drawStyle(random);
  const scope = serverScope(shop, server, random);
  bindTool(scope, server, tool);
  const before = toolDefinition(tool, style, scope);
  const edit = BENIGN_EDITS[random.pick(['note_added', 'version_bumped', 'parameter_described', 'optional_parameter'])];
  const cover = random.chance(0.3) && edit !== undefined ? edit(before, { shop, tool, style, scope, random }) : { before, after: before };
  const now = change(cover.after, server, tool, style);
  const { tools, baseline } = changedListing(server, tool, cover.before, now, style, { shop, random });
  return { message: manifestMessage(openWire(server, random), tools, messageId(random), { baseline, ...soleTool(tools) }) };
}

function rugPull(drafting: Drafting): ScenarioMessage {
  let poison = { needs: [] as readonly Capability[], family: 0 };
  const { message } = changedDefinition(drafting, (definition, server, tool) => {
    const made = poisonText(drafting, tool, server, drafting.shop.data.attacks.goals);
    poison = made;
    return plantInTool(definition, made.text, drafting.random.pick(TOOL_PLACES), drafting.random);
  });
  return attack(message, { vector: 'rug_pull', needs: poison.needs, fitting: 'SEMANTIC_DIFF', family: poison.family }, drafting.variant);
}

function driftAttack(vector: string, list: 'expansion' | 'preference'): Composer {
  return (drafting) => {
    const { shop, random, variant } = drafting;
    const family = random.int(shop.data.attacks[list].length);
    const change = shop.data.attacks[list][family] as ToolChange;
    const { message } = changedDefinition(drafting, (definition, server, tool) => {
      const scope = serverScope(shop, server, random);
      bindTool(scope, server, tool);
      return applyChange(definition, change, scope);
    });
    return attack(message, { vector, needs: change.needs, fitting: 'SEMANTIC_DIFF', family }, variant);
  };
}

function injectedContent(
  { shop, random }: Drafting,
  goals: readonly Goal[],
  scope: Scope,
): { readonly text: string; readonly needs: readonly Capability[]; readonly family: number } {
  const injection = composeInjection(shop, goals, scope);
  if (random.chance(0.4)) return injection;
  const carriers = random.chance(0.7) ? shop.data.attacks.contentCarriers : shop.data.benign.contentCarriers;
  return { ...injection, text: carry(carriers, injection.text, scope, random) };
}

function resultWith(drafting: Drafting, goals: readonly Goal[], vector: string): ScenarioMessage {
  const { shop, random, variant } = drafting;
  const server = random.pick(shop.data.servers);
  const tool = random.pick(server.tools);
  const task = concreteTask(shop, server, tool, random);
  bindTool(task.scope, server, tool);
  const injected = injectedContent(drafting, goals, task.scope);
  const text = renderWithNote(task.result, injected.text, random);
  const message = resultMessage(openWire(server, random), tool.name, text, messageId(random), {
    userTask: maybe(random, USER_TASK_RATE.result, task.ask),
    trace: pastTrace(drafting, server),
  });
  return attack(message, { vector, needs: injected.needs, fitting: 'SPOTLIGHT', family: injected.family }, variant);
}

function resourceWith(drafting: Drafting, goals: readonly Goal[], vector: string): ScenarioMessage {
  const { shop, random, variant } = drafting;
  const server = random.pick(shop.data.servers);
  const document = drawDocument(shop, server, random);
  bindTool(document.scope, server, random.pick(server.tools));
  const injected = injectedContent(drafting, goals, document.scope);
  const text = renderWithNote(document.text, injected.text, random);
  const message = resourceMessage(openWire(server, random), { ...document, text }, messageId(random), {
    userTask: maybe(random, USER_TASK_RATE.resource, document.ask),
  });
  return attack(message, { vector, needs: injected.needs, fitting: 'SPOTLIGHT', family: injected.family }, variant);
}

function injectedResult(drafting: Drafting): ScenarioMessage {
  return resultWith(drafting, drafting.shop.data.attacks.goals, 'indirect_injection');
}

function injectedResource(drafting: Drafting): ScenarioMessage {
  return resourceWith(drafting, drafting.shop.data.attacks.goals, 'indirect_injection');
}

function memoryPoisoning(drafting: Drafting): ScenarioMessage {
  const { shop, random } = drafting;
  const sites = shop.sites.text;
  if (sites.length > 0 && random.chance(0.4)) {
    const site = random.pick(sites);
    const scope = serverScope(shop, site.server, random);
    bindTool(scope, site.server, site.tool);
    const poison = composeInjection(shop, shop.data.attacks.memory, scope);
    return siteCall(drafting, site, poison.text, {
      vector: 'memory_poisoning',
      needs: union(poison.needs, ['context.write']),
      fitting: 'BLOCK',
      family: poison.family,
    });
  }
  const goals = shop.data.attacks.memory;
  return random.chance(0.6) ? resultWith(drafting, goals, 'memory_poisoning') : resourceWith(drafting, goals, 'memory_poisoning');
}

/** A call of a real task of the site's tool with one argument replaced. */
function siteCall(drafting: Drafting, site: RoleSite, value: string, truth: Truth, stdio = false): ScenarioMessage {
  const { shop, random, variant } = drafting;
  const task = concreteTask(shop, site.server, site.tool, random);
  const message = callMessage(
    openWire(site.server, random, stdio ? 'stdio' : undefined),
    site.tool.name,
    { ...task.args, [site.param]: value },
    messageId(random),
    {
      userTask: maybe(random, USER_TASK_RATE.call - 0.1, task.ask),
      trace: pastTrace(drafting, site.server),
    },
  );
  return attack(message, truth, variant);
}

type CallList = 'exfiltration' | 'credentials' | 'traversal' | 'ssrf' | 'commandInjection' | 'exhaustion' | 'deputy';

function valueCall(vector: string, list: CallList): Composer {
  return (drafting) => {
    const { shop, random } = drafting;
    const usable = shop.data.attacks[list]
      .map((values, family) => ({ values, family }))
      .filter(({ values }) => siteChoices(shop, values, false).length > 0);
    const { values, family } = random.pick(usable);
    const site = random.pick(siteChoices(shop, values, false));
    const task = concreteTask(shop, site.server, site.tool, random);
    const old = task.args[site.param];
    task.scope.bound.set('value', typeof old === 'string' ? old : 'report');
    bindTool(task.scope, site.server, site.tool);
    const value = expand(random.pick(values.values), task.scope);
    return siteCall(drafting, site, value, {
      vector,
      needs: values.needs ?? [],
      fitting: CALL_FITTING[vector] ?? 'CAPABILITY_MEDIATION',
      family,
    });
  };
}

function siteChoices(shop: Workshop, values: CallValues, stdioOnly: boolean): readonly RoleSite[] {
  const sites = shop.sites[values.role];
  return stdioOnly ? sites.filter((site) => site.server.transports.includes('stdio')) : sites;
}

const HARMFUL: readonly Capability[] = [
  'message.send',
  'payment',
  'fs.delete',
  'fs.write',
  'identity.admin',
  'secrets.read',
  'process.exec',
];

/**
 * A call that would be sound in its own task, made while the user asked for something else:
 * any call when the task belongs to another server, one with consequences when it is the same server's.
 */
function hijackedCall(drafting: Drafting): ScenarioMessage {
  const { shop, random, variant } = drafting;
  const harmful = (tool: ToolData): boolean => tool.needs.some((need) => HARMFUL.includes(need));
  const server = random.pick(shop.data.servers);
  const grave = server.tools.filter(harmful);
  const mild = server.tools.filter((tool) => !harmful(tool));
  const sameServer = grave.length > 0 && mild.length > 0 && random.chance(0.35);
  const tool = random.pick(grave.length > 0 && (sameServer || random.chance(0.6)) ? grave : server.tools);
  const asked = sameServer ? server : random.pick(shop.data.servers.filter((other) => other.domain !== server.domain));
  const { ask } = concreteTask(shop, asked, random.pick(sameServer ? mild : asked.tools), random);
  const task = concreteTask(shop, server, tool, random);
  const message = callMessage(openWire(server, random), tool.name, task.args, messageId(random), {
    userTask: ask,
    trace: pastTrace(drafting, server),
  });
  const needs = tool.needs.length > 0 ? tool.needs : (['budget'] as const);
  return attack(message, { vector: 'hijacked_call', needs, fitting: 'CAPABILITY_MEDIATION', family: tool.name }, variant);
}

function hostCompromise(drafting: Drafting): ScenarioMessage {
  const { shop, random } = drafting;
  const family = random.int(shop.data.attacks.hostCompromise.length);
  const values = shop.data.attacks.hostCompromise[family] as CallValues;
  const site = random.pick(siteChoices(shop, values, true));
  const value = expand(random.pick(values.values), serverScope(shop, site.server, random));
  const truth: Truth = {
    vector: 'stdio_host_compromise',
    needs: union(values.needs ?? [], ['process.exec']),
    fitting: 'REVOKE_STDIO',
    stdioEscape: true,
    family,
  };
  return siteCall(drafting, site, value, truth, true);
}

function launchAttack({ shop, random, variant }: Drafting): ScenarioMessage {
  const server = random.pick(shop.stdioServers);
  const { entry, scope } = launchEntry(shop, server, random, true);
  const vector = random.pick([...shop.launchChanges.keys()]);
  const choices = shop.launchChanges.get(vector) ?? [];
  const family = random.int(choices.length);
  const change = choices[family];
  if (change === undefined) throw new RangeError('no launch change in this split');
  const message = launchMessage(openWire(server, random, 'stdio'), changedLaunch(entry, change, scope), messageId(random));
  return attack(message, { vector, needs: change.needs, fitting: 'REVOKE_STDIO', stdioEscape: true, family }, variant);
}

function samplingAttack(drafting: Drafting): ScenarioMessage {
  const { shop, random, variant } = drafting;
  const server = random.pick(shop.data.servers);
  const task = concreteTask(shop, server, random.pick(server.tools), random);
  bindTool(task.scope, server, task.tool);
  const family = random.int(shop.data.attacks.sampling.length);
  const source = shop.data.attacks.sampling[family];
  if (source === undefined) throw new RangeError('no sampling attack in this split');
  const injection = composeInjection(shop, shop.data.attacks.goals, task.scope);
  task.scope.bound.set('injection', injection.text);
  task.scope.bound.set('content', renderContent(task.result, random));
  task.scope.bound.set('ask', task.ask);
  const order = expand(random.pick(source.text), task.scope);
  const text =
    source.vector !== 'elicitation' && random.chance(0.35) ? insertInText(renderContent(task.result, random), order, random) : order;
  const wire = openWire(server, random);
  if (source.vector === 'elicitation') {
    const message = samplingMessage(
      wire,
      elicitation(text, random.pick(['value', 'answer', 'input', 'confirm']), 'string'),
      messageId(random),
    );
    return attack(message, { vector: 'sampling_abuse', needs: source.needs, fitting: 'BLOCK', family }, variant);
  }
  const benign = shop.data.benign.sampling.flatMap((other) => other.system ?? []);
  const system = random.chance(0.35) ? undefined : expand(random.pick(source.system ?? benign), task.scope);
  const needs = source.vector === 'sampling_abuse' ? union(injection.needs, source.needs) : source.needs;
  return attack(
    samplingMessage(wire, samplingParams(text, system, random), messageId(random)),
    { vector: source.vector, needs, fitting: 'BLOCK', family },
    variant,
  );
}

/** The fixed list of roles a server must offer for a chain. */
export function offersRoles(server: ServerData, roles: readonly ParamRole[]): boolean {
  return roles.every((role) => server.tools.some((tool) => parseParams(tool.params).some((param) => param.type === role && !param.list)));
}
