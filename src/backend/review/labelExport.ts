import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Split } from '../../contract/episodes.ts';
import type { ExportFilter, ExportFormat, ExportManifest, ExportPreview } from '../../contract/review.ts';
import { krippendorffAlpha } from './agreement.ts';
import { independentUnits } from './agreementReport.ts';
import { CSV_HEADER, exportLine, type PlacedItem } from './exportRows.ts';
import { groupsOf, splitOfGroup } from './families.ts';
import { labelledItems } from './labelledItem.ts';
import type { ReviewStore } from './reviewStore.ts';

const SAMPLE_LINES = 3;
const SAMPLE_CHARACTERS = 2_000;
/** Rows between two turns for everything else. */
const TURN = 20;

/** What a pass over the labels counts. */
interface Tally {
  rows: number;
  readonly bySplit: { [S in Split]: number };
  readonly groups: Set<string>;
  readonly guidelines: Set<string>;
  filtered: number;
  duplicates: number;
  ties: number;
}

/** What is to be exported. */
export interface ExportRequest {
  readonly format: ExportFormat;
  readonly filter: ExportFilter;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** Counts and first lines of an export that is not written. @throws the signal's reason */
export async function previewExport(store: ReviewStore, request: ExportRequest): Promise<ExportPreview> {
  const sample: string[] = [];
  const manifest = await walk(store, request, (line) => {
    if (sample.length < SAMPLE_LINES) sample.push(line.slice(0, SAMPLE_CHARACTERS));
    return Promise.resolve();
  });
  return { manifest, sample };
}

/**
 * Writes the labels to `file` and a manifest to `<file>.manifest.json`. Both appear only when all went well.
 * @throws Error when the disk refuses; the signal's reason
 */
export async function writeExport(store: ReviewStore, file: string, request: ExportRequest): Promise<ExportManifest> {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.part`;
  const out = new HashedFile(partial);
  try {
    if (request.format === 'csv') await out.line(CSV_HEADER);
    const counted = await walk(store, request, (line) => out.line(line));
    const manifest: ExportManifest = { ...counted, sha256: await out.close() };
    await writeFile(`${file}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
    await rename(partial, file);
    return manifest;
  } catch (error) {
    await out.discard();
    throw error;
  }
}

async function walk(
  store: ReviewStore,
  { format, filter, now, signal }: ExportRequest,
  write: (line: string) => Promise<void>,
): Promise<Omit<ExportManifest, 'sha256'>> {
  const { byStatus } = store.counts();
  const auditHead = store.audit.head()?.hash ?? null;
  const alpha = krippendorffAlpha(independentUnits(store));
  // Groups hold together over all labels, so they are known only after a first pass; that one keeps two hashes an item.
  const members: { readonly id: string; readonly family: string; readonly fingerprint: string }[] = [];
  for await (const { item } of labelledItems(store, signal))
    members.push({ id: item.id, family: item.family, fingerprint: item.fingerprint });
  const groups = groupsOf(members);
  const groupOf = new Map(members.map(({ id }, index) => [id, groups[index] ?? id]));
  const tally: Tally = {
    rows: 0,
    bySplit: { train: 0, dev: 0, test: 0 },
    groups: new Set(),
    guidelines: new Set(),
    filtered: 0,
    duplicates: 0,
    ties: 0,
  };
  const wanted = store.exportable(filter);
  const seen = new Set<string>();
  for await (const labelled of labelledItems(store, signal)) {
    const { item } = labelled;
    // A label made since the first pass waits for the next export.
    const group = groupOf.get(item.id);
    if (group === undefined) continue;
    if (!wanted.has(item.seq)) {
      tally.filtered++;
      continue;
    }
    if (seen.has(`${item.evidence_hash}/${labelled.action}`)) {
      tally.duplicates++;
      continue;
    }
    const placed: PlacedItem = { labelled, group, split: splitOfGroup(group), alpha };
    const line = exportLine(format, placed);
    if (line === null) {
      tally.ties++;
      continue;
    }
    seen.add(`${item.evidence_hash}/${labelled.action}`);
    await write(line);
    tally.rows++;
    tally.bySplit[placed.split]++;
    tally.groups.add(group);
    tally.guidelines.add(labelled.guideline);
    if (tally.rows % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    schema: 'omniguard-labels/1',
    format,
    filter,
    createdAt: now.toISOString(),
    rows: tally.rows,
    bySplit: tally.bySplit,
    families: tally.groups.size,
    excluded: {
      open: byStatus.pending + byStatus.needs_second,
      conflict: byStatus.conflict,
      discarded: byStatus.discarded,
      filtered: tally.filtered,
      duplicates: tally.duplicates,
      ties: tally.ties,
    },
    guidelines: [...tally.guidelines].toSorted(),
    analysts: store.profiles().length,
    alpha,
    auditHead,
  };
}

/** Lines of a file with the hash of all its bytes. */
class HashedFile {
  private readonly path: string;
  private readonly stream: WriteStream;
  private readonly closed: Promise<void>;
  private readonly hash: Hash = createHash('sha256');

  constructor(path: string) {
    this.path = path;
    this.stream = createWriteStream(path, { flags: 'w' });
    this.closed = finished(this.stream);
    // A failure surfaces in `line` or `close`; without a handler it would end the process before that.
    this.closed.catch(() => undefined);
  }

  async line(text: string): Promise<void> {
    const bytes = Buffer.from(`${text}\n`);
    this.hash.update(bytes);
    if (this.stream.errored !== null) await this.closed;
    if (!this.stream.write(bytes)) await Promise.race([once(this.stream, 'drain'), this.closed]);
  }

  /** Hash of what was written, lower-case hexadecimal. */
  async close(): Promise<string> {
    this.stream.end();
    await this.closed;
    return this.hash.digest('hex');
  }

  async discard(): Promise<void> {
    this.stream.destroy();
    await this.closed.catch(() => undefined);
    await rm(this.path, { force: true });
  }
}
