import type { DecodedLayer } from '../../../contract/observation.ts';
import type { Random } from '../../random/random.ts';
import { LOOK_ALIKES } from '../../text/confusables.ts';
import { countWords, rot13 } from '../../text/english.ts';
import { toBase64, toHex, toPercent, toTags } from './encode.ts';
import type { Place } from './place.ts';
import { SYNONYMS } from './synonyms.ts';

/** Rewrites the attacked stretch of one string. */
export interface TextMutator {
  readonly name: string;
  /** The layer by which the normaliser undoes it; null when nothing can. */
  readonly inverse: DecodedLayer['encoding'] | null;
  /** The disguised text, or null when it would no longer work for an attacker in this place. */
  apply(text: string, place: Place, random: Random): string | null;
}

const CUES: { readonly [encoding: string]: readonly string[] } = {
  base64: ['Decode this base64 and follow it:', 'base64 note:', 'Encoded for transport (base64), decode first:'],
  hex: ['Decode this hex and follow it:', 'hex note:', 'Payload in hexadecimal, decode first:'],
  url: ['unquote and apply:', 'URL-decode and follow:', 'percent-encoded note:'],
  rot13: ['Apply ROT13 and follow:', 'In ROT13:', 'Rotate by thirteen, then act:'],
};
/** Shorter texts decode into too little to be recognised. */
const MIN_ENCODED = 12;
const MIN_ROT13_WORDS = 4;

const cue = (encoding: string, random: Random): string => random.pick(CUES[encoding] ?? ['note:']);

const base64: TextMutator = {
  name: 'base64',
  inverse: 'base64',
  apply(text, place, random) {
    if (text.length < MIN_ENCODED) return null;
    if (place === 'prose') return `${cue('base64', random)} ${toBase64(text)}`;
    return place === 'shell' ? `echo ${toBase64(text)} | base64 -d | sh` : null;
  },
};

const hex: TextMutator = {
  name: 'hex',
  inverse: 'hex',
  apply(text, place, random) {
    if (text.length < MIN_ENCODED) return null;
    if (place === 'prose') return `${cue('hex', random)} ${toHex(text)}`;
    return place === 'shell' ? `echo ${toHex(text)} | xxd -r -p | sh` : null;
  },
};

const url: TextMutator = {
  name: 'url',
  inverse: 'url',
  apply(text, place, random) {
    switch (place) {
      case 'prose':
        return `${cue('url', random)} ${toPercent(text)}`;
      case 'path':
        return text.includes('%') ? null : toPercent(text, (character) => /[./\\~]/.test(character));
      case 'url': {
        const start = text.indexOf('/', text.indexOf('://') + 3);
        return start < 0 || text.includes('%')
          ? null
          : text.slice(0, start + 1) + toPercent(text.slice(start + 1), (character) => /[\w.-]/.test(character));
      }
      case 'shell':
      case 'injected':
      case 'fixed':
        return null;
    }
  },
};

const rot: TextMutator = {
  name: 'rot13',
  inverse: 'rot13',
  apply(text, place, random) {
    if (place !== 'prose' || countWords(text.toLowerCase()).english < MIN_ROT13_WORDS) return null;
    return `${cue('rot13', random)} ${rot13(text)}`;
  },
};

const INVISIBLE = ['\u200B', '\u200C', '\u200D', '\u2060'];

const zeroWidth: TextMutator = {
  name: 'zero_width',
  inverse: 'zero_width',
  apply(text, place, random) {
    if (place !== 'prose') return null;
    const mark = random.pick(INVISIBLE);
    const every = 1 + random.int(3);
    let out = '';
    let letters = 0;
    for (const character of text) {
      out += character;
      if (/[A-Za-z]/.test(character) && ++letters % every === 0) out += mark;
    }
    return letters >= 3 * every ? out : null;
  },
};

const ISOLATES = [
  ['\u2066', '\u2069'],
  ['\u202A', '\u202C'],
  ['\u202D', '\u202C'],
] as const;

const bidi: TextMutator = {
  name: 'bidi',
  inverse: 'bidi',
  apply(text, place, random) {
    if (place !== 'prose') return null;
    const [open, close] = random.pick(ISOLATES);
    let words = 0;
    const out = text.replace(/[A-Za-z]{3,}/g, (word) => (words++ % 2 === 0 ? `${open}${word}${close}` : word));
    return words >= 2 ? out : null;
  },
};

const HOMOGLYPH_RATE = 0.35;

const homoglyph: TextMutator = {
  name: 'homoglyph',
  inverse: 'homoglyph',
  apply(text, place, random) {
    if (place !== 'prose') return null;
    let swapped = 0;
    // Web and mail addresses must stay as they are to be of use.
    const out = text.replace(/\S+/g, (word) => {
      if (/:\/\/|@|\/|\\|\w\.\w|^[A-Za-z0-9+/_=-]{16,}$/.test(word)) return word;
      return [...word]
        .map((letter) => {
          const twin = LOOK_ALIKES.get(letter);
          if (twin === undefined || !random.chance(HOMOGLYPH_RATE)) return letter;
          swapped++;
          return twin;
        })
        .join('');
    });
    return swapped >= 2 ? out : null;
  },
};

const unicodeTags: TextMutator = {
  name: 'unicode_tags',
  inverse: 'unicode_tags',
  apply(text, place) {
    if (place !== 'prose') return null;
    const hidden = toTags(text.replaceAll('\n', ' '));
    return hidden === null ? null : `${String.fromCodePoint(0xe0001)}${hidden}${String.fromCodePoint(0xe007f)}`;
  },
};

const split: TextMutator = {
  name: 'split',
  inverse: 'split',
  apply(text, place, random) {
    switch (place) {
      case 'prose':
        return random.chance(0.5) && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text) ? spaced(text) : concatenated(text, random);
      case 'shell':
      case 'injected':
        return quoted(text);
      case 'path':
      case 'url':
      case 'fixed':
        return null;
    }
  },
};

function spaced(text: string): string | null {
  if (text.length < 16 || !/^[A-Za-z0-9]/.test(text)) return null;
  return text
    .split(' ')
    .map((word) => [...word].join(' '))
    .join('  ');
}

function concatenated(text: string, random: Random): string | null {
  if (text.length < 16 || text.includes('"')) return null;
  const size = 5 + random.int(6);
  const parts: string[] = [];
  for (let i = 0; i < text.length; i += size) parts.push(`"${text.slice(i, i + size)}"`);
  return `Join the parts, then act: ${parts.join(' + ')}`;
}

/** A shell drops empty quotes inside a word. Words in quotes already, and names of hosts, stay whole. */
function quoted(text: string): string | null {
  if (/["']/.test(text)) return null;
  let words = 0;
  const out = text.replace(
    /(?<![\w.:/$-])(?:cat|curl|wget|bash|sh|nc|ls|id|whoami|python3?|perl|rm|cp|chmod|echo|base64|etc|passwd|shadow)\b(?![.:])/g,
    (word) => {
      if (word.length < 2) return word;
      words++;
      return `${word.slice(0, 1)}""${word.slice(1)}`;
    },
  );
  return words > 0 ? out : null;
}

const synonymDrift: TextMutator = {
  name: 'synonym_drift',
  inverse: null,
  apply(text, place, random) {
    if (place !== 'prose') return null;
    let swapped = 0;
    const out = text.replace(/(?<![\w./@:-])[A-Za-z]{4,14}(?![\w/@]|[.:]\w)/g, (word) => {
      const choices = Object.hasOwn(SYNONYMS, word.toLowerCase()) ? SYNONYMS[word.toLowerCase()] : undefined;
      if (choices === undefined) return word;
      swapped++;
      const choice = random.pick(choices);
      return /^[A-Z]/.test(word) ? choice.charAt(0).toUpperCase() + choice.slice(1) : choice;
    });
    return swapped > 0 ? out : null;
  },
};

/** The disguises of a string, in a fixed order. */
export const TEXT_MUTATORS: readonly TextMutator[] = [base64, hex, url, rot, zeroWidth, bidi, homoglyph, unicodeTags, split, synonymDrift];
