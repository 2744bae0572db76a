export type JsonRole = 'key' | 'string' | 'number' | 'literal' | 'punctuation' | 'space';

export interface JsonToken {
  readonly role: JsonRole;
  readonly text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(?=(\s*:)?)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|\s+|[{}[\],:]|[^]/g;

/** Splits JSON text into tokens for colouring; the tokens joined are the input. */
export function tokenizeJson(json: string): readonly JsonToken[] {
  const tokens: JsonToken[] = [];
  for (const match of json.matchAll(TOKEN)) {
    const text = match[0];
    tokens.push({ role: roleOf(text, match[2] !== undefined), text });
  }
  return tokens;
}

function roleOf(text: string, beforeColon: boolean): JsonRole {
  if (text.startsWith('"') && text.length > 1) return beforeColon ? 'key' : 'string';
  if (/^\s/.test(text)) return 'space';
  if (/^[-\d]/.test(text)) return 'number';
  return /^[tfn]/.test(text) ? 'literal' : 'punctuation';
}

export interface JsonLine {
  /** Leading spaces, drawn as indentation so that wrapped text hangs below its line. */
  readonly indent: number;
  readonly tokens: readonly JsonToken[];
}

/** Two-space pretty print, one entry per line. */
export function prettyJsonLines(value: unknown): readonly JsonLine[] {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => {
      const indent = line.length - line.trimStart().length;
      return { indent, tokens: tokenizeJson(line.slice(indent)) };
    });
}
