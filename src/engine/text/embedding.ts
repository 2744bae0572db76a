/** Length of the embedding vector. */
export const EMBEDDING_SIZE = 64;

/** Characters of a text that are embedded. */
const MAX_EMBEDDED = 8_000;
const FNV_PRIME = 16777619;
const FNV_BASIS = 2166136261;

/** Reused by every call. */
const SUMS = new Float64Array(EMBEDDING_SIZE);

/**
 * Feature hashing (Weinberger et al., 2009) of words, word pairs and character
 * trigrams into 64 signed buckets, square-root damped, L2-normalised. A text without
 * letters or digits gives the zero vector.
 */
export function embed(lower: string): number[] {
  const sums = SUMS.fill(0);
  const length = Math.min(lower.length, MAX_EMBEDDED);
  let word = FNV_BASIS;
  let size = 0;
  let previous = 0;
  let a = 0;
  let b = 0;
  for (let i = 0; i <= length; i++) {
    const code = i < length ? lower.charCodeAt(i) : 0;
    const inWord = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 127;
    if (inWord) {
      word = Math.imul(word ^ code, FNV_PRIME);
      size++;
      if (a !== 0 && b !== 0) add(sums, Math.imul(a * 31 + b, 0x9e3779b1) ^ Math.imul(code, 0x85ebca6b), 0.35);
      a = b;
      b = code;
      continue;
    }
    if (size > 0) {
      add(sums, word, 1);
      if (previous !== 0) add(sums, Math.imul(previous, 0x27d4eb2f) ^ word, 0.7);
      previous = word;
      word = FNV_BASIS;
      size = 0;
    }
    a = b = 0;
  }
  return normalize(sums);
}

function add(sums: Float64Array, hash: number, weight: number): void {
  let h = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  const bucket = h & (EMBEDDING_SIZE - 1);
  sums[bucket] = (sums[bucket] as number) + ((h & 64) === 0 ? weight : -weight);
}

function normalize(sums: Float64Array): number[] {
  const damped: number[] = [];
  let square = 0;
  for (let i = 0; i < EMBEDDING_SIZE; i++) {
    const value = sums[i] as number;
    const root = value < 0 ? -Math.sqrt(-value) : Math.sqrt(value);
    damped.push(root);
    square += root * root;
  }
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let i = 0; i < EMBEDDING_SIZE; i++) damped[i] = (damped[i] as number) * scale;
  return damped;
}

/** Cosine distance of two L2-normalised vectors, 0..2; 0 when both are zero. */
export function cosineDistance(a: readonly number[], b: readonly number[]): number {
  let dot = 0;
  let any = false;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] ?? 0;
    dot += x * y;
    any ||= x !== 0 || y !== 0;
  }
  return any ? Math.max(0, Math.min(2, 1 - dot)) : 0;
}
