import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Random } from '../random/random.ts';

const PROSE_KEYS =
  /^(body|text|description|notes?|comments?|summary|content|message|review|subject|title|snippet|excerpt|details|memo|reason|bio|remarks)$/i;

/** A tool's answer as text, in one of the shapes that servers use. */
export function renderContent(value: JsonValue, random: Random): string {
  if (typeof value === 'string') return value;
  const rows = Array.isArray(value) ? (value as readonly JsonValue[]) : null;
  const flatRows = rows !== null && rows.length > 0 && rows.every(isFlat) ? (rows as readonly JsonObject[]) : null;
  const shape = random.pick(
    flatRows === null
      ? (['pretty', 'compact', 'yaml'] as const)
      : (['pretty', 'compact', 'yaml', 'table', 'blocks', 'csv', 'repr'] as const),
  );
  switch (shape) {
    case 'pretty':
      return JSON.stringify(value, null, 2);
    case 'compact':
      return JSON.stringify(value);
    case 'yaml':
      return yaml(value, '').trimStart();
    case 'table':
      return table(flatRows ?? []);
    case 'blocks':
      return (flatRows ?? [])
        .map((row) =>
          Object.entries(row)
            .map(([key, item]) => `${key}: ${scalar(item)}`)
            .join('\n'),
        )
        .join('\n\n');
    case 'csv':
      return csv(flatRows ?? []);
    case 'repr':
      return `[${(flatRows ?? [])
        .map(
          (row) =>
            `{${Object.entries(row)
              .map(([key, item]) => `'${key}': ${typeof item === 'string' ? `'${item}'` : scalar(item)}`)
              .join(', ')}}`,
        )
        .join(', ')}]`;
  }
}

/**
 * Puts `note` into a value before it is rendered: into a prose field where there is one,
 * else at a random place of the text. Returns the rendered text.
 */
export function renderWithNote(value: JsonValue, note: string, random: Random): string {
  const leaves = proseLeaves(value, []);
  if (leaves.length > 0 && random.chance(0.6)) {
    const path = random.pick(leaves);
    return renderContent(
      replaceAt(value, path, (old) => join(old, note, random)),
      random,
    );
  }
  return insertInText(renderContent(value, random), note, random);
}

/** Puts `note` at the start, between two lines, or at the end of a text. */
export function insertInText(text: string, note: string, random: Random): string {
  const place = random.pick(['start', 'middle', 'middle', 'end', 'end'] as const);
  if (place === 'start') return `${note}\n${text}`;
  if (place === 'end') return `${text}\n${note}`;
  const lines = text.split('\n');
  if (lines.length < 3) return random.chance(0.5) ? `${text} ${note}` : `${text}\n\n${note}`;
  const at = 1 + random.int(lines.length - 1);
  return [...lines.slice(0, at), note, ...lines.slice(at)].join('\n');
}

/** Puts `note` before, after or between the sentences of a passage. */
export function join(old: string, note: string, random: Random): string {
  if (old === '') return note;
  const stops = [...old.matchAll(/[.!?]\s+/g)].map((match) => match.index + match[0].length);
  const place = random.int(stops.length > 0 ? 3 : 2);
  if (place === 0) return `${old} ${note}`;
  if (place === 1) return `${note} ${old}`;
  const at = random.pick(stops);
  return `${old.slice(0, at)}${note} ${old.slice(at)}`;
}

function isFlat(value: JsonValue): boolean {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => item === null || typeof item !== 'object')
  );
}

function proseLeaves(value: JsonValue, path: readonly (string | number)[]): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((item, index) => proseLeaves(item, [...path, index]));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value as JsonObject).flatMap(([key, item]) =>
    typeof item === 'string' ? (PROSE_KEYS.test(key) ? [[...path, key]] : []) : proseLeaves(item, [...path, key]),
  );
}

function replaceAt(value: JsonValue, path: readonly (string | number)[], change: (old: string) => string): JsonValue {
  const [head, ...rest] = path;
  if (head === undefined) return change(typeof value === 'string' ? value : '');
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, index) => (index === head ? replaceAt(item, rest, change) : item));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, item]) => [key, key === head ? replaceAt(item, rest, change) : item]),
  );
}

function scalar(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function yaml(value: JsonValue, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    return (value as readonly JsonValue[]).map((item) => `\n${indent}-${yaml(item, `${indent}  `).replace(/^\n\s*/, ' ')}`).join('');
  }
  if (value === null || typeof value !== 'object') return ` ${scalar(value)}`;
  return Object.entries(value as JsonObject)
    .map(([key, item]) => `\n${indent}${key}:${yaml(item, `${indent}  `)}`)
    .join('');
}

function table(rows: readonly JsonObject[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(keys),
    line(keys.map(() => '---')),
    ...rows.map((row) => line(keys.map((key) => scalar(row[key] ?? '').replaceAll('\n', ' ')))),
  ].join('\n');
}

function csv(rows: readonly JsonObject[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: JsonValue): string => {
    const text = scalar(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [keys.join(','), ...rows.map((row) => keys.map((key) => cell(row[key] ?? '')).join(','))].join('\n');
}
