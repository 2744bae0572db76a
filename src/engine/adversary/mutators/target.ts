import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import type { GatewayMessage, JsonRpcMessage } from '../../../contract/messages.ts';
import { scanText } from '../../analysis/textHints.ts';
import { textLeaves, type TextLeaf } from '../../text/leaves.ts';
import { lowerCase } from '../../text/document.ts';
import { placeOf, type Place } from './place.ts';

/** The stretch of a message that carries the attack. */
export interface Target {
  readonly pointer: string;
  readonly key: string;
  readonly place: Place;
  readonly before: string;
  readonly attack: string;
  readonly after: string;
  /** True when the stretch gives orders or runs commands, so that encoding it hides something. */
  readonly instructs: boolean;
}

/** Properties that alone do not mark the attack inside longer text. */
const COMMON = new Set([
  'forceful_words',
  'security_words',
  'imperative_to_assistant',
  'email_recipient',
  'preference_claim',
  'prompt_reference',
  'quoted_as_data',
  'shell_metacharacters',
  'credential_words',
  'personal_data',
  'iban_or_account',
]);
const INSTRUCTS = new Set([
  'override_phrase',
  'secrecy_phrase',
  'imperative_to_assistant',
  'ordering_condition',
  'addresses_model',
  'second_person_order',
  'role_markup',
  'authority_claim',
  'data_into_field',
  'persona_switch',
  'prompt_reference',
  'html_comment',
  'preference_claim',
]);
const MAX_LEAF = 32_768;
const LEAST = 12;
const MAX_ROUNDS = 8;

/**
 * The attacked string: the one with the most telling findings, the longest of those,
 * the first of those; inside it the sentences from the first telling finding to the
 * last. Null when no string of the message can be rewritten.
 */
export function findTarget(message: GatewayMessage): Target | null {
  const known = targets.get(message);
  if (known !== undefined) return known;
  const found = searchTarget(message);
  targets.set(message, found);
  return found;
}

/** An adversary comes back to the same message again and again. */
const targets = new WeakMap<GatewayMessage, Target | null>();

function searchTarget(message: GatewayMessage): Target | null {
  let best: { leaf: TextLeaf; place: Place; telling: number; hits: ReturnType<typeof scanText> } | null = null;
  for (const part of ['params', 'result'] as const) {
    const value = message.message[part];
    if (value === undefined) continue;
    for (const leaf of textLeaves(value, `/${part}`).leaves) {
      if (leaf.isKey || leaf.text.length < LEAST || leaf.text.length > MAX_LEAF) continue;
      const place = placeOf(message, leaf.key, leaf.pointer, leaf.text);
      if (place === 'fixed') continue;
      const hits = scanText(lowerCase(leaf.text));
      if (hits.length === 0 || valueAt(message.message, leaf.pointer) !== leaf.text) continue;
      const telling = hits.filter((hit) => !COMMON.has(hit.code)).length;
      if (best === null || telling > best.telling || (telling === best.telling && leaf.text.length > best.leaf.text.length))
        best = { leaf, place, telling, hits };
    }
  }
  if (best === null) return null;
  const { leaf, place, hits } = best;
  const telling = hits.filter((hit) => !COMMON.has(hit.code));
  const marks = telling.length > 0 ? telling : hits;
  const last = lastFinding(leaf.text, Math.max(...marks.map((hit) => hit.end)));
  const [start, end] = place === 'prose' ? sentences(leaf.text, Math.min(...marks.map((hit) => hit.start)), last) : [0, leaf.text.length];
  return {
    pointer: leaf.pointer,
    key: leaf.key,
    place,
    before: leaf.text.slice(0, start),
    attack: leaf.text.slice(start, end),
    after: leaf.text.slice(end),
    instructs: place !== 'prose' || hits.some((hit) => INSTRUCTS.has(hit.code)),
  };
}

/** End of the last telling finding; the scan reports only the first of each property, so the rest is scanned again. */
function lastFinding(text: string, from: number): number {
  let end = from;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const later = scanText(lowerCase(text.slice(end))).filter((hit) => !COMMON.has(hit.code));
    if (later.length === 0) break;
    end += Math.max(...later.map((hit) => hit.end));
  }
  return end;
}

/** Grows a range to whole sentences and cuts blanks off its ends. */
function sentences(text: string, from: number, to: number): readonly [number, number] {
  let start = from;
  while (start > 0 && !isBoundary(text, start)) start--;
  let end = Math.max(to, start + 1);
  while (end < text.length && !isBoundary(text, end)) end++;
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return [start, end];
}

function isBoundary(text: string, position: number): boolean {
  const previous = text.charAt(position - 1);
  return previous === '\n' || (/[.!?]/.test(previous) && /\s/.test(text.charAt(position)));
}

/** The value a JSON pointer names, or undefined. */
export function valueAt(root: JsonRpcMessage | JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = root as JsonValue;
  for (const key of keysOf(pointer)) {
    if (value === null || typeof value !== 'object') return undefined;
    value = Array.isArray(value)
      ? (value as readonly JsonValue[])[Number(key)]
      : Object.hasOwn(value, key)
        ? (value as JsonObject)[key]
        : undefined;
  }
  return value;
}

/** A copy of the message with one value replaced or added; parts off the path are shared. */
export function withValue(message: JsonRpcMessage, pointer: string, value: JsonValue): JsonRpcMessage {
  return replaceAt(message as unknown as JsonValue, keysOf(pointer), value) as unknown as JsonRpcMessage;
}

function replaceAt(node: JsonValue, keys: readonly string[], value: JsonValue, depth = 0): JsonValue {
  const key = keys[depth];
  if (key === undefined) return value;
  if (Array.isArray(node))
    return (node as readonly JsonValue[]).map((item, i) => (String(i) === key ? replaceAt(item, keys, value, depth + 1) : item));
  const object = node !== null && typeof node === 'object' ? (node as JsonObject) : {};
  return { ...object, [key]: replaceAt(object[key] ?? {}, keys, value, depth + 1) };
}

function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => (key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key));
}
