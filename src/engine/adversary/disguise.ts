import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { JsonRpcMessage, MessageKind } from '../../contract/messages.ts';
import type { ScenarioMessage } from '../corpus/scenario.ts';
import type { Random } from '../random/random.ts';
import { textLeaves, type TextLeaf } from '../text/leaves.ts';
import { toBase64 } from './mutators/encode.ts';
import { valueAt, withValue } from './mutators/target.ts';
import { TEXT_MUTATORS, type TextMutator } from './mutators/textMutators.ts';

/**
 * The adversary's last resort, for an attack in which no telling stretch can be found: every string that
 * the attacker chose is disguised, whether it carries the attack or not. Prose is written with invisible,
 * bidirectional or look-alike characters, which a model reads through; commands are wrapped in a decoder; names,
 * queries and addresses get invisible characters, which receivers drop that map or normalise what they are
 * given (UTS #46 for hosts, NFKC with default ignorables removed for searches). Null when nothing was left to change.
 */
export function disguise(source: ScenarioMessage, random: Random): ScenarioMessage | null {
  const { kind, message } = source.message;
  if (kind === 'launch') return wrappedLaunch(source);
  const prose = random.pick(PROSE_MUTATORS);
  const applied = new Set<string>();
  let disguised = message;
  for (const part of ['params', 'result'] as const) {
    for (const leaf of textLeaves(message[part], `/${part}`).leaves) {
      if (!isChosen(kind, leaf) || valueAt(message, leaf.pointer) !== leaf.text) continue;
      const change = rewrite(kind, leaf, prose, random);
      if (change === null) continue;
      disguised = withValue(disguised, leaf.pointer, change.text);
      applied.add(change.mutator);
    }
  }
  return applied.size === 0 ? null : disguisedAs(source, disguised, [...applied]);
}

function disguisedAs(source: ScenarioMessage, message: JsonRpcMessage, applied: readonly string[]): ScenarioMessage {
  return {
    message: { ...source.message, message },
    truth: { ...source.truth, obfuscation: [...source.truth.obfuscation, ...applied] },
    origin: source.origin,
  };
}

/** The whole command line of each launch entry behind a decoder; environments stay, and so does what rides on them. */
function wrappedLaunch(source: ScenarioMessage): ScenarioMessage | null {
  const { message } = source.message;
  const params = message.params ?? {};
  const { mcpServers } = params;
  if (!isObject(mcpServers)) {
    const wrapped = wrappedEntry(params);
    return wrapped === null ? null : disguisedAs(source, { ...message, params: wrapped }, ['base64']);
  }
  const entries = Object.entries(mcpServers).map(([name, entry]) => [name, isObject(entry) ? wrappedEntry(entry) : null] as const);
  if (entries.length === 0 || entries.some(([, entry]) => entry === null)) return null;
  return disguisedAs(source, { ...message, params: { ...params, mcpServers: Object.fromEntries(entries) } }, ['base64']);
}

function wrappedEntry(entry: JsonObject): JsonObject | null {
  const { command, args = [] } = entry;
  if (typeof command !== 'string' || !Array.isArray(args)) return null;
  const line = [command, ...(args as readonly JsonValue[])].map(String).map(quoted).join(' ');
  const [shell, flag] = WINDOWS.test(line) ? ['powershell', '-Command'] : ['sh', '-c'];
  return { ...entry, command: shell, args: [flag, decoder(line)] };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const mutator = (name: string): TextMutator => TEXT_MUTATORS.find((one) => one.name === name) as TextMutator;
const ZERO_WIDTH = mutator('zero_width');
const PROSE_MUTATORS: readonly TextMutator[] = [ZERO_WIDTH, mutator('bidi'), mutator('homoglyph')];

const COMMAND_KEY = /^(?:cmd|command|command_?line|script|code|shell|line|exec|program|input|data)$/i;
const WINDOWS = /powershell|\bcmd(?:\.exe)?\b|[a-z]:\\|\\\\|\.exe\b|\breg\s|certutil|wmic|schtasks|\b[a-z]+-[a-z]+\s+-[a-z]/i;
const COMMAND = /[;|&`<>]|\$\(|\s--?[a-z]|\s\/[a-z]/i;

/** True for a string whose content its sender is free to choose; the fixed words of the protocol are not. */
function isChosen(kind: MessageKind, leaf: TextLeaf): boolean {
  if (leaf.isKey) return false;
  switch (kind) {
    case 'manifest':
    case 'manifest_changed':
      return leaf.key === 'description';
    case 'call':
      return leaf.pointer.startsWith('/params/arguments/');
    case 'launch':
      return false;
    case 'result':
    case 'resource':
    case 'sampling':
      return leaf.key === 'text' || leaf.key === 'systemPrompt' || leaf.pointer === '/params/message';
  }
}

interface Change {
  readonly text: string;
  readonly mutator: string;
}

function rewrite(kind: MessageKind, leaf: TextLeaf, prose: TextMutator, random: Random): Change | null {
  if (kind !== 'call') return inProse(leaf.text, prose, random);
  if (COMMAND_KEY.test(leaf.key) && (COMMAND.test(leaf.text) || WINDOWS.test(leaf.text))) return inCommand(leaf.text);
  const start = leaf.text.indexOf('://');
  if (start < 0) return inProse(leaf.text, ZERO_WIDTH, random);
  const marked = inProse(leaf.text.slice(start + 3), ZERO_WIDTH, random);
  return marked === null ? null : { ...marked, text: leaf.text.slice(0, start + 3) + marked.text };
}

/** Draws of one mutator before it counts as unfit: short strings take only its densest forms. */
const ATTEMPTS = 4;

function inProse(text: string, by: TextMutator, random: Random): Change | null {
  for (const tried of by === ZERO_WIDTH ? [by] : [by, ZERO_WIDTH]) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const changed = tried.apply(text, 'prose', random);
      if (changed !== null && changed !== text) return { text: changed, mutator: tried.name };
    }
  }
  return null;
}

/** The command behind a decoder that its own shell brings along. */
function inCommand(text: string): Change {
  const wrapped = WINDOWS.test(text) ? `powershell -NoProfile -Command "${decoder(text)}"` : decoder(text);
  return { text: wrapped, mutator: 'base64' };
}

function decoder(line: string): string {
  const encoded = toBase64(line);
  return WINDOWS.test(line)
    ? `iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${encoded}')))`
    : `echo ${encoded} | base64 -d | sh`;
}
