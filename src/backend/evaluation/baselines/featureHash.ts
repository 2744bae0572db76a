/** Hashed feature space: 2^18 buckets. */
export const FEATURE_BUCKETS = 262_144;

/** Only this many characters of a text are read, half from its start and half from its end. */
export const FEATURE_CHARACTERS = 200_000;

const TOKEN = /[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;

/**
 * Distinct word unigrams and bigrams of a text as sorted hash buckets: words are runs of letters, digits and
 * underscores in lower case, every other visible character is a token of its own. FNV-1a, 32 bit, folded.
 */
export function bigramFeatures(text: string): Uint32Array {
  const buckets = new Set<number>();
  let previous: number | null = null;
  for (const [token] of excerpt(text).toLowerCase().matchAll(TOKEN)) {
    const hash = fnv1a(token, 0x811c9dc5);
    buckets.add(fold(hash));
    if (previous !== null) buckets.add(fold(fnv1a(token, fnv1a(' ', previous))));
    previous = hash;
  }
  return Uint32Array.from(buckets).sort();
}

function excerpt(text: string): string {
  if (text.length <= FEATURE_CHARACTERS) return text;
  const half = FEATURE_CHARACTERS / 2;
  return `${text.slice(0, half)}\n${text.slice(-half)}`;
}

function fnv1a(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The low bits of FNV-1a mix worse than the high ones; fold both together. */
function fold(hash: number): number {
  return ((hash >>> 18) ^ hash) & (FEATURE_BUCKETS - 1);
}
