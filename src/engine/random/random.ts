/**
 * The engine's only source of randomness. A generator is derived from a seed and a
 * path of labels, so that the base stream, the adversary and every template draw
 * from independent, replayable sequences: what one consumer draws never shifts another.
 */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in 0..bound-1. @throws RangeError when bound is not a positive integer. */
  int(bound: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** A new array in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/** Derives a generator; equal seeds and paths give equal sequences. */
export function randomFrom(seed: number, ...path: readonly (string | number)[]): Random {
  let hash = (2166136261 ^ (seed >>> 0)) >>> 0;
  hash = mix(hash, seed >>> 0);
  for (const part of path) hash = typeof part === 'number' ? mix(hash, part >>> 0) : mixText(hash, part);
  return new Sfc32(hash, mix(hash, 0x9e3779b9), mix(hash, 0x85ebca6b));
}

function mixText(hash: number, text: string): number {
  let h = hash;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return mix(h >>> 0, text.length);
}

/** One round of MurmurHash3's finaliser over `hash` combined with `value`. */
function mix(hash: number, value: number): number {
  let h = (hash ^ Math.imul(value + 0x9e3779b9, 0xcc9e2d51)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Chris Doty-Humphrey's Small Fast Counter generator, 32 bit, from PractRand. */
class Sfc32 implements Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(a: number, b: number, c: number) {
    this.a = a | 0;
    this.b = b | 0;
    this.c = c | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  int(bound: number): number {
    if (!Number.isInteger(bound) || bound <= 0) throw new RangeError(`bound must be a positive integer, got ${bound}`);
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('cannot pick from an empty list');
    return items[this.int(items.length)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
