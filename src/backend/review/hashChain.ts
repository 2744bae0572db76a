import { createHash } from 'node:crypto';

/** An audit event before it is chained. */
export interface ChainedContent {
  readonly seq: number;
  readonly at: string;
  readonly analyst: string | null;
  readonly item: string | null;
  readonly type: string;
  /** JSON text, hashed as it is stored. */
  readonly detail: string;
}

export interface ChainLink extends ChainedContent {
  readonly previous: string;
  readonly hash: string;
}

/** What the first event names as its predecessor. */
export const GENESIS = '0'.repeat(64);

/** SHA-256 over the predecessor's hash and every field; a JSON array keeps the fields apart. */
export function linkHash(previous: string, { seq, at, analyst, item, type, detail }: ChainedContent): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, seq, at, analyst, item, type, detail]))
    .digest('hex');
}

export function chain(previous: string, content: ChainedContent): ChainLink {
  return { ...content, previous, hash: linkHash(previous, content) };
}

/** Why the next link does not follow; null when it does. `seq` counts from 1 without gaps. */
export function linkProblem(previous: { readonly seq: number; readonly hash: string } | null, link: ChainLink): string | null {
  const expected = previous ?? { seq: 0, hash: GENESIS };
  if (link.seq !== expected.seq + 1) return `the event after ${expected.seq} is missing`;
  if (link.previous !== expected.hash) return 'it does not follow from the event before it';
  if (link.hash !== linkHash(link.previous, link)) return 'its content does not match its hash';
  return null;
}
