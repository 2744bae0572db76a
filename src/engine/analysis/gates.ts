/**
 * Cheap refusal before an expensive search: a text's trigrams as a bit set. A string
 * whose first trigram is missing cannot occur.
 */
export interface Gate {
  readonly text: string;
  /** Bit of the first trigram; -1 for strings too short to have one. */
  readonly bit: number;
}

const BITS = 1 << 16;
/** Reused by every call; a fill of 8 KiB costs less than an allocation. */
const present = new Uint8Array(BITS >> 3);

export function gate(text: string): Gate {
  return { text, bit: text.length < 3 ? -1 : trigram(text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2)) };
}

function trigram(a: number, b: number, c: number): number {
  return Math.imul(Math.imul(a, 961) + Math.imul(b, 31) + c, 0x9e3779b1) >>> 16;
}

/** Prepares `passes` for a text. */
export function readTrigrams(text: string): void {
  present.fill(0);
  let a = text.charCodeAt(0);
  let b = text.charCodeAt(1);
  for (let i = 2; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const bit = trigram(a, b, c);
    present[bit >> 3] = (present[bit >> 3] as number) | (1 << (bit & 7));
    a = b;
    b = c;
  }
}

/** Whether one of the strings occurs in the text that `readTrigrams` saw last. */
export function passes(gates: readonly Gate[], text: string): boolean {
  for (const { text: wanted, bit } of gates) {
    if (bit >= 0 && ((present[bit >> 3] as number) & (1 << (bit & 7))) === 0) continue;
    if (text.includes(wanted)) return true;
  }
  return false;
}
