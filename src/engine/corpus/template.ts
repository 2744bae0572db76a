/** One `{{slot}}`, taken apart. */
export interface Slot {
  /** All that stands between the braces. */
  readonly name: string;
  /** For `{{=...}}`: the slot whose value is bound to the whole name. */
  readonly inner: Slot | null;
  /** `int` of `{{int:1-9}}`, and what follows the colon. */
  readonly generator: string | null;
  readonly argument: string;
  /** The argument as `a|b|c` and as `1-9`. */
  readonly options: readonly string[];
  readonly range: readonly number[];
  /** The name that a value is bound to, and the one it is looked up by: without mark, without number. */
  readonly key: string;
  readonly base: string;
  /** Drawn anew each time. */
  readonly isFresh: boolean;
  /** Standing alone in a JSON string it gives a number. */
  readonly isNumber: boolean;
}

/** A text cut at its slots: `texts` has one element more. */
export interface Template {
  readonly texts: readonly string[];
  readonly slots: readonly Slot[];
}

const SLOT = /\{\{([^{}]+)\}\}/g;
/** Texts of a corpus come back in every message; the bound only matters to a host that goes through many corpora. */
const KEPT = 16_384;
const kept = new Map<string, Template>();

/** The parsed text, remembered. */
export function templateOf(text: string): Template {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const template = parseTemplate(text);
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, template);
  return template;
}

export function parseTemplate(text: string): Template {
  const texts: string[] = [];
  const slots: Slot[] = [];
  let end = 0;
  for (const match of text.matchAll(SLOT)) {
    texts.push(text.slice(end, match.index));
    slots.push(parseSlot(match[1] as string));
    end = match.index + match[0].length;
  }
  texts.push(text.slice(end));
  return { texts, slots };
}

function parseSlot(name: string): Slot {
  const colon = name.indexOf(':');
  const key = name.replace(/^[#*]/, '');
  const argument = name.slice(colon + 1);
  return {
    name,
    inner: name.startsWith('=') ? parseSlot(name.slice(1)) : null,
    generator: colon > 0 ? name.slice(0, colon) : null,
    argument,
    options: argument.split('|'),
    range: argument.split('-').map(Number),
    key,
    base: bareName(key),
    isFresh: name.startsWith('*') || name === 'bool' || name === 'uuid',
    isNumber: /^(?:#|=?(?:int|float):)/.test(name),
  };
}

/** A slot's name without its mark and the number that tells it from its like. */
export function bareName(name: string): string {
  return name.replace(/^[#*=]/, '').replace(/\.\d+$/, '');
}
