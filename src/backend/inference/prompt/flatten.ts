import type { JsonValue } from '../../../contract/json.ts';
import type { GatewayMessage } from '../../../contract/messages.ts';
import { escapeCharacter, HOSTILE, NO_MARKS, normalizeText } from '../../../engine/text/normalize.ts';

const MAX_NODES = 4_000;
const MAX_DEPTH = 32;
/** Longest single value read into the flat text; the excerpt is far shorter. */
const MAX_VALUE = 65_536;
/** Keys whose value says nothing about intent. */
const NOISE = new Set(['jsonrpc', 'id', 'isError', 'mimeType']);
/** Hostile characters of one value written out; the rest of them is counted. */
const SHOWN = 3;

/** The untrusted parts of a message as `key: value` text, hostile characters escaped. */
export function flattenMessage(message: GatewayMessage): string {
  const { params, result, error } = message.message;
  return flattenValue(root(message, params ?? result ?? error ?? null));
}

/** Drops the envelope that every message of a kind shares. */
function root(message: GatewayMessage, value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const object = value as Record<string, JsonValue>;
  switch (message.kind) {
    case 'call':
      return object.arguments ?? value;
    case 'launch':
      return object.mcpServers ?? value;
    case 'manifest':
    case 'manifest_changed':
      return object.tools ?? value;
    case 'result':
    case 'resource':
    case 'sampling':
      return value;
  }
}

interface Frame {
  readonly key: string;
  readonly value: JsonValue;
  readonly depth: number;
}

function flattenValue(value: JsonValue): string {
  const parts: string[] = [];
  const stack: Frame[] = [{ key: '', value, depth: 0 }];
  let nodes = 0;
  while (stack.length > 0 && nodes++ < MAX_NODES) {
    const frame = stack.pop() as Frame;
    if (frame.value !== null && typeof frame.value === 'object') {
      if (frame.depth < MAX_DEPTH) pushChildren(stack, frame, parts);
    } else if (!NOISE.has(frame.key)) parts.push(label(frame.key, readable(String(frame.value))));
  }
  return parts.join('\n');
}

function pushChildren(stack: Frame[], frame: Frame, parts: string[]): void {
  const depth = frame.depth + 1;
  if (Array.isArray(frame.value)) {
    const items = frame.value as readonly JsonValue[];
    if (items.every((item) => typeof item !== 'object' || item === null)) {
      parts.push(
        label(
          frame.key,
          items
            .slice(0, MAX_NODES)
            .map((item) => readable(String(item)))
            .join(' '),
        ),
      );
      return;
    }
    for (let i = Math.min(items.length, MAX_NODES) - 1; i >= 0; i--) stack.push({ key: frame.key, value: items[i] as JsonValue, depth });
    return;
  }
  const entries = Object.entries(frame.value as Record<string, JsonValue>);
  // `{type: "string", description: ...}` of a schema property reads best as one line.
  for (let i = Math.min(entries.length, MAX_NODES) - 1; i >= 0; i--) {
    const [key, value] = entries[i] as [string, JsonValue];
    if (key === 'type' && typeof value === 'string' && isSchemaType(value)) continue;
    if (isPlainProperty(value)) stack.push({ key: 'param', value: key, depth });
    else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      stack.push({ key: '', value, depth });
      if (!ENVELOPE.has(key)) stack.push({ key: 'in', value: key, depth });
    } else stack.push({ key, value, depth });
  }
}

const ENVELOPE = new Set(['inputSchema', 'properties', 'content', 'contents', 'messages', 'annotations', 'env', 'params']);

function isSchemaType(value: string): boolean {
  return /^(?:string|integer|number|boolean|object|array|text|null)$/.test(value);
}

/** A schema property that consists of its type alone. */
function isPlainProperty(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'type' && typeof (value as Record<string, JsonValue>).type === 'string';
}

function label(key: string, value: string): string {
  return key === '' || key === 'text' ? value : `${readable(key)}: ${value}`;
}

/**
 * Untrusted text made readable: normalised, the first hostile characters written as
 * `\u{200B}`, the others counted.
 */
export function readable(text: string): string {
  const bounded = text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE / 2)}\n${text.slice(text.length - MAX_VALUE / 2)}` : text;
  const { text: clean, marks } = normalizeText(bounded);
  const plain = clean.replace(HOSTILE, escapeCharacter);
  // Joiners inside emoji and such are spelling; the normaliser does not count them.
  if (marks === NO_MARKS || marks.zeroWidth + marks.bidi + marks.ansi + marks.tags.length === 0) return plain;
  const hostile = bounded.match(HOSTILE) ?? [];
  const shown = hostile.slice(0, SHOWN).map(escapeCharacter).join('');
  return `${plain} [${shown}${hostile.length > SHOWN ? ` ${hostile.length} hidden` : ''}]`;
}
