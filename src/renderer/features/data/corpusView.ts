import { cacheLimitSchema, type CorpusState, type CorpusStatus, type MixShares, type MixSource } from '../../../contract/corpora.ts';
import { bytes, count, percent } from '../../lib/format.ts';

export const STATE_WORDS: { readonly [S in CorpusState]: string } = {
  idle: 'not streamed yet',
  connecting: 'connecting…',
  streaming: 'streaming',
  paused: 'paused',
  done: 'done',
  failed: 'stopped by a problem',
};

export const SOURCE_NAMES: { readonly [S in MixSource]: string } = {
  generated: 'Generated',
  witfoo: 'WitFoo',
  fenrir: 'Fenrir',
  nist: 'NIST',
};

/** CSS colour of each source, following the theme. */
export const SOURCE_COLOURS: { readonly [S in MixSource]: string } = {
  generated: 'var(--lane-baseline)',
  witfoo: 'var(--lane-trained)',
  fenrir: 'var(--action-capability-mediation)',
  nist: 'var(--action-revoke-stdio)',
};

/** How much of what this run wants is done, 0..1; null while that is unknown. */
export function progressOf({ rows, wanted, totalRows, bytes: { read, total } }: CorpusStatus): number | null {
  if (wanted !== null) return Math.min(1, rows / Math.min(wanted, totalRows ?? wanted));
  if (total === null || total === 0) return null;
  return Math.min(1, read / total);
}

/** The progress in words, for the line under the bar. */
export function progressWords(status: CorpusStatus): string {
  const { rows, wanted, totalRows, bytes: volume } = status;
  const ends = wanted !== null && (totalRows === null || wanted < totalRows) ? `${count(wanted)} rows wanted` : null;
  const all = totalRows === null ? null : `${count(totalRows)} rows`;
  const known = ends ?? all;
  const inAll = ends === null || all === null ? '' : ` (of ${all} in all)`;
  const figures = known === null ? `${count(rows)} rows` : `${count(rows)} of ${known}${inAll}`;
  const share = progressOf(status);
  const part = share === null ? '' : `, ${percent(share)}`;
  return volume.total === null ? `${figures}${part}` : `${figures}${part}; files of ${bytes(volume.total)}`;
}

/** Rows left out with their reasons, the commonest first. */
export function skippedWords(skipped: CorpusStatus['skipped']): string {
  const entries = Object.entries(skipped).sort((a, b) => b[1] - a[1]);
  return entries.length === 0 ? 'none left out' : entries.map(([reason, rows]) => `${count(rows)} ${reason}`).join(', ');
}

/** The mix with one share changed; null when nothing would be left, which is no mix. */
export function withShare(shares: MixShares, source: MixSource, value: number): MixShares | null {
  const next = { ...shares, [source]: Math.min(1, Math.max(0, value)) };
  return Object.values(next).some((share) => share > 0) ? next : null;
}

/** Bytes of a limit typed in gigabytes; null when it is no number or out of bounds. */
export function limitFromGigabytes(text: string): number | null {
  const gigabytes = /^\s*\d{1,4}([.,]\d{1,9})?\s*$/.test(text) ? Number(text.trim().replace(',', '.')) : Number.NaN;
  return cacheLimitSchema.safeParse({ limit: Math.round(gigabytes * 1e9) }).data?.limit ?? null;
}
