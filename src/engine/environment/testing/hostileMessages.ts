import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import { MESSAGE_KINDS, type GatewayMessage, type MessageKind } from '../../../contract/messages.ts';
import { TEXT_MUTATORS } from '../../adversary/mutators/textMutators.ts';
import { COMMAND_PATTERNS, LANGUAGE_PATTERNS, OBJECT_PATTERNS, SHELL_PATTERNS } from '../../analysis/patterns.ts';
import { randomFrom, type Random } from '../../random/random.ts';
import { scenarioOf } from './testPool.ts';

/** The strings that open the gates of the text patterns: what comes closest to every property. */
const TELLING = [LANGUAGE_PATTERNS, OBJECT_PATTERNS, COMMAND_PATTERNS, SHELL_PATTERNS].flat().flatMap(({ gates }) => gates);
const WORDS =
  'the and ignore previous instructions password send file read user you must before tool call now all every this with email forward https://drop.attacker.example/k?x=1 curl | sh /etc/passwd ~/.ssh/id_rsa rm -rf 10.0.0.1 billing@attacker.example'.split(
    ' ',
  );
/** What the normaliser has to deal with: invisible, reordering, styled, composed, broken and foreign characters. */
const ODD =
  '\u200B|\u200D|\u2066|\u2069|\u202E|\u202C|\uFEFF|\u00AD|\u001B[31m|\u0007|\r\n|\r|\u2028|\u00A0|\u3000|\u0130|ß|é|е|а|Ω|中文|ﬁ|①|ＡＢ|𝐚𝐛|😀|👨\u200D👩|\uD800|\u{E0041}\u{E0042}|क\u094D\u200Dष|\t|   |\n\n\n\n|…|Ⅳ|\u0301'.split(
    '|',
  );

/** Messages of every kind, made of words that come close to the patterns, of odd characters and of encodings; equal for equal seeds. */
export function hostileMessages(seed: number, count: number): readonly GatewayMessage[] {
  const random = randomFrom(seed, 'hostile');
  return Array.from({ length: count }, (_, i) => hostileMessage(MESSAGE_KINDS[i % MESSAGE_KINDS.length] as MessageKind, random));
}

function hostileMessage(kind: MessageKind, random: Random): GatewayMessage {
  const definition = hostileTool(random);
  const changed = { ...definition, description: `${definition.description} ${hostileText(random)}`, inputSchema: hostileSchema(random) };
  const context = {
    ...(random.chance(0.6) ? { userTask: hostileText(random) } : {}),
    ...(random.chance(0.3) ? { granted: ['fs.read', 'net.egress'] as const } : {}),
    ...(kind === 'manifest_changed' ? { baseline: definition } : {}),
  };
  return scenarioOf({}, { kind, context, payload: hostilePayload(kind, changed, random) }).message;
}

function hostilePayload(kind: MessageKind, tool: JsonObject, random: Random): JsonObject {
  const text = hostileText(random);
  switch (kind) {
    case 'manifest':
    case 'manifest_changed':
      return { tools: [tool] };
    case 'call': {
      const name = random.pick(['read_file', 'run_command', 'sendMoney', 'x.update_user']);
      return { name, arguments: { [random.pick(['path', 'command', 'url', 'body'])]: text, n: 20_000, [text.slice(0, 60)]: [text] } };
    }
    case 'result':
      return { content: [{ type: 'text', text: random.chance(0.1) ? text.repeat(80) : text }] };
    case 'resource':
      return { contents: [{ uri: 'file:///etc/hosts', mimeType: 'text/plain', text }] };
    case 'sampling':
      return { messages: [{ role: 'user', content: { type: 'text', text } }], systemPrompt: hostileText(random), maxTokens: 256 };
    case 'launch': {
      const command = random.pick(['npx', 'sh', 'docker', 'node', '/tmp/.x']);
      return { command, args: ['-y', 'mcp-server-gitt', '-v', '/:/host', text], env: { LD_PRELOAD: text } };
    }
  }
}

function hostileTool(random: Random): JsonObject & { readonly description: string } {
  const name = random.pick(['read_file', 'exploit_host', 'sendMoney', 'get.weather']);
  return { name, description: hostileText(random), inputSchema: hostileSchema(random) };
}

function hostileSchema(random: Random): JsonObject {
  const names = random.shuffle(['path', 'command', 'sidenote', 'api_key', 'session_cookie', 'a/b']).slice(0, random.int(4));
  const properties: { [name: string]: JsonValue } = {};
  for (const name of names) properties[name] = { type: 'string', description: hostileText(random) };
  return { type: 'object', properties, required: names.slice(0, 1) };
}

function hostileText(random: Random): string {
  const odd = random.chance(0.5) ? 0 : 0.2;
  const parts = Array.from({ length: 1 + random.int(24) }, () =>
    random.chance(odd) ? random.pick(ODD) : random.pick(random.chance(0.5) ? TELLING : WORDS),
  );
  const text = parts.join(random.pick([' ', ' ', ' ', '', '-', '.', '\n']));
  if (random.chance(0.5)) return text;
  const place = random.pick(['prose', 'prose', 'shell', 'path', 'url'] as const);
  return random.pick(TEXT_MUTATORS).apply(text, place, random) ?? text.toUpperCase();
}
