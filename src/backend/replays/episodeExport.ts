import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { episodeManifestLine } from '../../contract/episodeFile.ts';
import type { EpisodeId } from '../../contract/ids.ts';
import { libraryQuerySchema, type LibraryCursor, type LibraryFilter } from '../../contract/replays.ts';
import { csvCell } from '../review/exportRows.ts';
import type { StepRecord } from '../store/episodeStore.ts';
import type { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { episodeLine } from './episodeFile.ts';

export const EPISODE_FORMATS = ['jsonl', 'csv'] as const;
export type EpisodeFormat = (typeof EPISODE_FORMATS)[number];

export interface EpisodeExportOptions {
  readonly format: EpisodeFormat;
  readonly out: string;
  readonly filter: Partial<LibraryFilter>;
  readonly version: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: (episodes: number) => void;
}

export interface EpisodeExportSummary {
  readonly episodes: number;
  readonly decisions: number;
  /** Of the whole file. */
  readonly sha256: string;
}

const COLUMNS = [
  'episode',
  'started_at',
  'seed',
  'phase',
  'split',
  'lane',
  'model',
  'position',
  'kind',
  'server',
  'tool',
  'malicious',
  'vector',
  'retry',
  'fitting',
  'action',
  'confidence',
  'verdict',
  'outcome',
  'reward',
  'security',
  'usability',
  'latency',
  'format',
  'ticks',
  'budget_left',
  'decision_ms',
  'new_tokens',
] as const;

/**
 * Writes the episodes that pass a filter, newest first: `jsonl` is the file that the interface imports, a line an episode
 * and a manifest with hashes; `csv` has a row for each decision. The file appears whole or not at all.
 * @throws the signal's reason; errors of the file system; StoreError
 */
export async function writeEpisodes(store: SqliteEpisodeStore, options: EpisodeExportOptions): Promise<EpisodeExportSummary> {
  const part = `${options.out}.part`;
  const file = createWriteStream(part);
  const hash = createHash('sha256');
  const line = async (text: string): Promise<void> => {
    const bytes = Buffer.from(`${text}\n`);
    hash.update(bytes);
    if (!file.write(bytes)) await once(file, 'drain');
  };
  try {
    await once(file, 'open');
    const written = await (options.format === 'jsonl' ? writeLines(store, options, line) : writeRows(store, options, line));
    file.end();
    await finished(file);
    await rename(part, options.out);
    return { ...written, sha256: hash.digest('hex') };
  } catch (error) {
    file.destroy();
    await rm(part, { force: true });
    throw error;
  }
}

type WriteLine = (text: string) => Promise<void>;
type Written = Omit<EpisodeExportSummary, 'sha256'>;

async function writeLines(store: SqliteEpisodeStore, options: EpisodeExportOptions, write: WriteLine): Promise<Written> {
  const parts: { readonly sha256: string; readonly bytes: number }[] = [];
  let decisions = 0;
  for await (const id of idsOf(store, options)) {
    const line = episodeLine(store, id);
    if (line === null) continue;
    await write(line.text);
    parts.push({ sha256: line.sha256, bytes: line.bytes });
    decisions += store.library.marks(id).length;
  }
  if (parts.length > 0) await write(episodeManifestLine({ createdAt: options.now.toISOString(), version: options.version, parts }));
  return { episodes: parts.length, decisions };
}

async function writeRows(store: SqliteEpisodeStore, options: EpisodeExportOptions, write: WriteLine): Promise<Written> {
  await write(COLUMNS.join(','));
  let episodes = 0;
  let decisions = 0;
  for await (const id of idsOf(store, options)) {
    const recording = store.recording(id);
    if (recording === null) continue;
    episodes++;
    const { startedAt, seed, phase, config, models } = recording.episode;
    for (const record of recording.steps) {
      const { lane } = record.step;
      await write([id, startedAt, seed, phase, config.split, lane, models[lane].id, ...rowOf(record)].map(csvCell).join(','));
      decisions++;
    }
  }
  return { episodes, decisions };
}

function rowOf({ step: { position, message, decision, info, budgetLeft } }: StepRecord): readonly (string | number)[] {
  const { truth, reward } = info;
  return [
    position,
    message.kind,
    message.context.server,
    message.context.tool ?? '',
    String(truth.malicious),
    truth.vector,
    String(info.retry),
    truth.fitting,
    decision.action,
    decision.confidence,
    info.verdict,
    info.outcome,
    reward.total,
    reward.security,
    reward.usability,
    reward.latency,
    reward.format,
    info.ticks,
    budgetLeft,
    decision.decisionMs,
    decision.newTokens,
  ];
}

async function* idsOf(store: SqliteEpisodeStore, { filter, signal, onProgress }: EpisodeExportOptions): AsyncGenerator<EpisodeId> {
  let given = 0;
  for (let after: LibraryCursor | null = null, first = true; first || after !== null; first = false) {
    const page = store.library.list(libraryQuerySchema.parse({ filter, after, limit: 200 }));
    for (const { id } of page.episodes) {
      signal?.throwIfAborted();
      yield id;
      onProgress?.(++given);
      // Signals need a turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    after = page.next;
  }
}
