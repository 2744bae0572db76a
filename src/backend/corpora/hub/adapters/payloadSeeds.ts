import { SLOT_OPENING, type PayloadSeed, type SeedFamily } from './item.ts';

const LONGEST = 160;
const MOST_PER_TEXT = 8;

/** A payload belongs to the first family whose pattern it matches. */
const FAMILIES: readonly (readonly [SeedFamily, RegExp])[] = [
  [
    'ssrf',
    /^(?:https?|gopher|dict|file):\/\/(?:(?:[^\s/]*@)?(?:127\.|localhost|0\.0\.0\.0|169\.254\.169\.254|metadata\.google|\[::1?\]|10\.|192\.168\.)|\/)\S*$/i,
  ],
  ['traversal', /^\S*(?:\.\.[/\\]|\.\.%2f|%2e%2e[/%\\]|\.\.%5c|\.\.%252f){2}\S*$/i],
  [
    'sql',
    /^[\w\s@.%-]*['"]\)?\s*(?:(?:or|and)\s+['"\w]+\s*(?:=|like)|;\s*(?:drop|insert|update|delete|exec)\b|union\s+(?:all\s+)?select\b)|^\w*\s*union\s+(?:all\s+)?select\s/i,
  ],
  [
    'command',
    /^[\w.-]*\s*(?:;|\|\|?|&&?|\$\(|`)\s*(?:cat|id|whoami|uname|ls|ping|sleep|wget|curl|nc|bash|sh|powershell|net\s+user|type|touch|rm|nslookup)\b.*$/i,
  ],
];

/**
 * Payloads in the code spans of a Markdown text: `inline` code and the lines of fenced blocks. Prose is not looked at:
 * a payload that nobody marked as code is more often a sentence about one.
 */
export function minePayloadSeeds(markdown: string): readonly PayloadSeed[] {
  const seeds = new Map<string, PayloadSeed>();
  for (const span of codeSpans(markdown)) {
    const value = span.trim();
    if (value.length < 4 || value.length > LONGEST || value.includes(SLOT_OPENING)) continue;
    const family = FAMILIES.find(([, pattern]) => pattern.test(value))?.[0];
    if (family !== undefined) seeds.set(value, { family, value });
    if (seeds.size >= MOST_PER_TEXT) break;
  }
  return [...seeds.values()];
}

function* codeSpans(markdown: string): Generator<string, void, undefined> {
  const parts = markdown.split(/^\s*```[^\n]*$/m);
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) yield* part.split('\n');
    else for (const match of part.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)) yield match[1] ?? '';
  }
}
