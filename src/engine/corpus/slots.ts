import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Random } from '../random/random.ts';
import type { Lexicon } from './data.ts';
import { bareName, parseTemplate, templateOf, type Slot } from './template.ts';

/**
 * Names bound while one text, task or session is expanded: `{{repo}}` means the same
 * repository in the user's request, in the call and in its result.
 */
export interface Scope {
  readonly random: Random;
  readonly lexicons: readonly Lexicon[];
  readonly bound: Map<string, string>;
  readonly parent?: Scope;
}

const MAX_DEPTH = 12;

export function createScope(random: Random, ...lexicons: readonly Lexicon[]): Scope {
  return { random, lexicons, bound: new Map() };
}

/** A scope for one item of a list: sees what the outer one has bound, binds the rest afresh. */
export function childScope(parent: Scope): Scope {
  return { random: parent.random, lexicons: parent.lexicons, bound: new Map(), parent };
}

/**
 * Expands every `{{slot}}` recursively.
 * @throws RangeError when a slot is unknown or nests too deep, naming it.
 */
export function expand(text: string, scope: Scope, depth = 0): string {
  if (!text.includes('{{')) return text;
  if (depth > MAX_DEPTH) throw new RangeError(`slots nest too deep in "${text.slice(0, 60)}"`);
  const { texts, slots } = templateOf(text);
  let out = texts[0] as string;
  for (let i = 0; i < slots.length; i++) out += slotValue(slots[i] as Slot, scope, depth) + (texts[i + 1] as string);
  return out;
}

/** Expands all strings in a JSON value; `{"$each": "2-5", "item": ...}` repeats an item, a lone number or boolean slot keeps its type. */
export function expandJson(value: JsonValue, scope: Scope): JsonValue {
  if (typeof value === 'string') return typedValue(value, scope);
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => expandJson(item, scope));
  if (value === null || typeof value !== 'object') return value;
  const object = value as JsonObject;
  if (typeof object['$each'] === 'string') {
    const count = between(object['$each'], scope.random);
    return Array.from({ length: count }, () => expandJson(object['item'] ?? null, childScope(scope)));
  }
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [expand(key, scope), expandJson(item, scope)]));
}

/** The slots a text names, generators (`int:`, `pick:` ...) and binding suffixes left out. */
export function slotNames(text: string): string[] {
  return parseTemplate(text)
    .slots.map(({ name }) => bareName(name))
    .filter((name) => !name.includes(':'));
}

function typedValue(text: string, scope: Scope): JsonValue {
  const expanded = expand(text, scope);
  if (!text.startsWith('{{')) return expanded;
  const { texts, slots } = templateOf(text);
  const [only] = slots;
  if (only === undefined || slots.length > 1 || texts.some((part) => part !== '')) return expanded;
  if (only.isNumber) return Number(expanded);
  return only.name === 'bool' ? expanded === 'true' : expanded;
}

function slotValue(slot: Slot, scope: Scope, depth: number): string {
  if (slot.inner !== null) return boundValue(slot.name, scope) ?? bind(slot.name, slotValue(slot.inner, scope, depth), scope);
  if (slot.generator !== null) return generate(slot.generator, slot, scope, depth);
  const { key, base, isFresh } = slot;
  const known = isFresh ? undefined : boundValue(key, scope);
  if (known !== undefined) return known;
  const values = scope.lexicons.find((lexicon) => Object.hasOwn(lexicon, base))?.[base];
  const value = values === undefined ? builtin(base, scope) : expand(scope.random.pick(values), scope, depth + 1);
  return isFresh ? value : bind(key, value, scope);
}

function boundValue(key: string, scope: Scope): string | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const known = at.bound.get(key);
    if (known !== undefined) return known;
  }
  return undefined;
}

function bind(key: string, value: string, scope: Scope): string {
  scope.bound.set(key, value);
  return value;
}

function generate(kind: string, { argument, options, range }: Slot, scope: Scope, depth: number): string {
  const { random } = scope;
  switch (kind) {
    case 'int':
      return String(within(range, random));
    case 'float': {
      const [low = 0, high = 1] = range;
      return (low + random.next() * (high - low)).toFixed(2);
    }
    case 'hex':
      return letters('0123456789abcdef', Number(argument), random);
    case 'upper':
      return letters('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', Number(argument), random);
    case 'b64':
      return letters('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', Number(argument), random);
    case 'pick':
      return expand(random.pick(options), scope, depth + 1);
    case 'maybe':
      return random.chance(0.5) ? expand(argument, scope, depth + 1) : '';
    default:
      throw new RangeError(`unknown slot generator "${kind}"`);
  }
}

function builtin(name: string, scope: Scope): string {
  const { random } = scope;
  const two = (bound: number, from = 0): string => String(from + random.int(bound)).padStart(2, '0');
  switch (name) {
    case 'bool':
      return random.chance(0.5) ? 'true' : 'false';
    case 'date':
      return `${2024 + random.int(3)}-${two(12, 1)}-${two(28, 1)}`;
    case 'time':
      return `${two(24)}:${two(60)}`;
    case 'iso':
      return `${2024 + random.int(3)}-${two(12, 1)}-${two(28, 1)}T${two(24)}:${two(60)}:${two(60)}Z`;
    case 'uuid':
      return [8, 4, 4, 4, 12].map((length) => letters('0123456789abcdef', length, random)).join('-');
    case 'ip':
      return `${20 + random.int(180)}.${random.int(256)}.${random.int(256)}.${1 + random.int(254)}`;
    case 'lanip':
      return random.chance(0.5)
        ? `10.${random.int(256)}.${random.int(256)}.${1 + random.int(254)}`
        : `192.168.${random.int(256)}.${1 + random.int(254)}`;
    default:
      throw new RangeError(`unknown slot "${name}"`);
  }
}

function letters(alphabet: string, length: number, random: Random): string {
  let out = '';
  for (let i = 0; i < length; i++) out += alphabet[random.int(alphabet.length)] ?? '';
  return out;
}

function between(range: string, random: Random): number {
  return within(range.split('-').map(Number), random);
}

function within([low = 0, high = low]: readonly number[], random: Random): number {
  return low + random.int(high - low + 1);
}
