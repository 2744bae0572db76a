import { readFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Capability } from '../../../contract/actions.ts';
import {
  corpusMixSchema,
  CORPUS_IDS,
  DEFAULT_MIX,
  type ControlReference,
  type CorporaSnapshot,
  type CorpusId,
  type CorpusMix,
  type CorpusSample,
  type StartCorpus,
} from '../../../contract/corpora.ts';
import type { CorpusData } from '../../../engine/corpus/data.ts';
import { randomFrom } from '../../../engine/random/random.ts';
import { acquireInstanceLock, type InstanceLock } from '../../store/instanceLock.ts';
import { cachedItems, type NumberedItem } from './cachedItems.ts';
import { ControlIndex } from './controlIndex.ts';
import { CorpusJob } from './corpusJob.ts';
import { CORPUS_SOURCES } from './corpusSources.ts';
import { readState, writeWhole } from './corpusState.ts';
import { CorpusStreamError } from './corpusStreamError.ts';
import { createHubClient, type HubClient, type HubClientOptions } from './hubClient.ts';
import { createStreamedPool } from './mixedPool.ts';
import { PartCache } from './partCache.ts';
import { splitOfText, type StreamedItems } from './streamedCorpus.ts';

export interface CorporaServiceOptions {
  /** Folder of the cache, the places kept and the mix; made when it does not exist. */
  readonly folder: string;
  /** The bundled corpus, whose constructions turn rows into messages. */
  readonly bundled: () => Promise<CorpusData>;
  readonly hub?: HubClientOptions;
  /** Bytes that the disk cache may take as long as nobody has set another limit. Default 2 GB. */
  readonly cacheBytes?: number;
  /** Rows parsed ahead. Default 512. */
  readonly queueRows?: number;
  readonly partBytes?: number;
  /** The Parquet worker's file where the host has bundled it. */
  readonly parquetWorker?: URL | undefined;
  readonly onFailure: (error: unknown) => void;
}

/** Everything about streamed corpora that a host or the interface needs. Failures are CorpusStreamError. */
export interface CorporaService {
  snapshot(): Promise<CorporaSnapshot>;
  /** Starts or resumes; returns once the run is under way. What goes wrong later is the corpus's problem in the snapshot. */
  start(input: StartCorpus): Promise<void>;
  /** Stops with the place kept. */
  pause(id: CorpusId): Promise<void>;
  /** Stops and goes back to the first row; the cache stays. */
  cancel(id: CorpusId): Promise<void>;
  /** Resolves when the run under way, if any, has ended. */
  ended(id: CorpusId): Promise<void>;
  /** Removes what is cached, the place and the commit. @throws CorpusStreamError busy during a run */
  clearCache(id: CorpusId): Promise<void>;
  /** A lower limit removes parts at once, those not used for longest first. @throws CorpusStreamError */
  setCacheLimit(bytes: number): Promise<void>;
  /** Cached rows as messages; another seed shows others. */
  samples(id: CorpusId, count: number, seed: number): Promise<readonly CorpusSample[]>;
  /** Content of the cached rows among the first `mostRows`. @throws CorpusStreamError not_cached when there is none */
  items(id: CorpusId, mostRows: number, signal?: AbortSignal): Promise<StreamedItems & { readonly commit: string }>;
  setMix(mix: CorpusMix): Promise<void>;
  /** Controls that speak of what a message does; empty as long as the corpus of controls is not cached. */
  controls(text: string, capabilities: readonly Capability[]): Promise<readonly ControlReference[]>;
  /** Pauses every run. Idempotent. */
  dispose(): Promise<void>;
}

const keptLimitSchema = z.strictObject({ limit: z.int().min(1) });

const SAMPLED_ROWS = 400;
const CONTROL_ROWS = 8_000;
/** Sessions drawn until one shows the row. */
const SAMPLE_DRAWS = 200;

/** Touches neither disk nor network before it is first asked for something. */
export function createCorporaService(options: CorporaServiceOptions): CorporaService {
  return new HubCorpora(options);
}

class HubCorpora implements CorporaService {
  private readonly options: CorporaServiceOptions;
  private readonly jobs: ReadonlyMap<CorpusId, CorpusJob>;
  private mix: CorpusMix = DEFAULT_MIX;
  /** Set by a person; null: as configured. */
  private limit: number | null = null;
  private loaded: Promise<void> | null = null;
  private cache: Promise<PartCache> | null = null;
  /** The one before, whose counts go on. */
  private stale: Promise<PartCache> | null = null;
  private hub: HubClient | null = null;
  private lock: InstanceLock | null = null;
  /** Runs and changes under way; the lock is held as long as there is one. */
  private holders = 0;
  /** Rows that the present samples or controls were made of; a corpus that moved on makes them anew. */
  private readonly first = new Map<CorpusId, { readonly rows: number; readonly items: readonly NumberedItem[] }>();
  private index: { readonly rows: number; readonly built: Promise<ControlIndex> } | null = null;

  constructor(options: CorporaServiceOptions) {
    this.options = options;
    this.jobs = new Map(
      CORPUS_IDS.map((id) => {
        const { folder, queueRows = 512, partBytes, parquetWorker, onFailure } = options;
        return [id, new CorpusJob({ source: CORPUS_SOURCES[id], folder, queueRows, partBytes, parquetWorker, onFailure }, null)];
      }),
    );
  }

  /** Takes over what was kept, once. */
  private ready(): Promise<void> {
    return (this.loaded ??= this.load());
  }

  private async load(): Promise<void> {
    await this.restore();
    this.limit = (await this.kept(this.limitFile, keptLimitSchema))?.limit ?? null;
    this.mix = (await this.kept(this.mixFile, corpusMixSchema)) ?? DEFAULT_MIX;
  }

  /** A small file of settings; null when there is none, or none that can be understood. */
  private async kept<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return null;
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      this.options.onFailure(error);
      return null;
    }
  }

  async snapshot(): Promise<CorporaSnapshot> {
    await this.ready();
    const cache = await this.openCache();
    const { hubUrl = 'https://huggingface.co', token } = this.options.hub ?? {};
    return {
      corpora: [...this.jobs.values()].map((job) => job.status(cache)),
      mix: this.mix,
      cache: { bytes: cache.use().bytes, limit: cache.limit, evicted: cache.evicted },
      hub: { url: hubUrl, hasToken: token !== undefined },
    };
  }

  async start({ id, rows }: StartCorpus): Promise<void> {
    await this.ready();
    const job = this.job(id);
    if (job.isRunning) return;
    await this.hold();
    try {
      this.hub ??= createHubClient(this.options.hub);
      job.start({ cache: await this.openCache(), hub: this.hub }, rows ?? null);
    } catch (error) {
      this.letGo();
      throw error;
    }
    void job.ended().then(() => this.letGo());
  }

  async pause(id: CorpusId): Promise<void> {
    await this.job(id).pause();
  }

  async cancel(id: CorpusId): Promise<void> {
    await this.job(id).pause();
    await this.alone(() => this.job(id).cancel());
  }

  ended(id: CorpusId): Promise<void> {
    return this.job(id).ended();
  }

  async clearCache(id: CorpusId): Promise<void> {
    const job = this.job(id);
    if (job.isRunning) throw new CorpusStreamError('busy', `${job.source.name} is being streamed: pause it, then clear its cache.`);
    await this.alone(async () => {
      await (await this.openCache()).clear(id);
      await job.forget();
    });
    this.first.delete(id);
    if (id === 'nist') this.index = null;
  }

  async setCacheLimit(bytes: number): Promise<void> {
    await this.alone(async () => {
      await writeWhole(this.limitFile, `${JSON.stringify({ limit: bytes })}\n`);
      this.limit = bytes;
      await (await this.openCache()).setLimit(bytes);
    });
    // What samples were made of may be gone.
    this.first.clear();
    this.index = null;
  }

  async samples(id: CorpusId, count: number, seed: number): Promise<readonly CorpusSample[]> {
    await this.ready();
    const items = await this.firstItems(id);
    const random = randomFrom(seed, 'samples', id);
    const bundled = await this.options.bundled();
    return random
      .shuffle(items)
      .slice(0, count)
      .flatMap((item) => sampleOf(bundled, id, item, seed) ?? []);
  }

  async items(id: CorpusId, mostRows: number, signal?: AbortSignal): Promise<StreamedItems & { readonly commit: string }> {
    await this.ready();
    const { pin, source } = this.job(id);
    const items: NumberedItem[] = [];
    if (pin !== null) {
      for await (const item of cachedItems(source, pin, await this.openCache(), mostRows, { ...this.reading, signal })) items.push(item);
    }
    if (pin === null || items.length === 0) {
      throw new CorpusStreamError('not_cached', `No rows of ${source.name} are cached: run "npm run -s corpus -- pull ${id}" first.`);
    }
    return { id, items, commit: pin.commit };
  }

  async setMix(mix: CorpusMix): Promise<void> {
    await this.ready();
    await writeWhole(this.mixFile, `${JSON.stringify(mix, null, 2)}\n`);
    this.mix = mix;
  }

  async controls(text: string, capabilities: readonly Capability[]): Promise<readonly ControlReference[]> {
    await this.ready();
    const { pin, source } = this.job('nist');
    if (pin === null) return [];
    const rows = await this.rowsOf('nist');
    if (rows === 0) return [];
    // Built again when the corpus has grown by half: a few more rows change little.
    if (this.index === null || rows > this.index.rows * 1.5) {
      const built = ControlIndex.build(cachedItems(source, pin, await this.openCache(), CONTROL_ROWS, this.reading));
      this.index = { rows, built };
      built.catch(() => (this.index = null));
    }
    return (await this.index.built).search(text, capabilities);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.jobs.values()].map((job) => job.pause()));
    this.lock?.release();
    this.lock = null;
  }

  private get limitFile(): string {
    return join(this.options.folder, 'cache.json');
  }

  private get mixFile(): string {
    return join(this.options.folder, 'mix.json');
  }

  private get reading(): { readonly partBytes?: number; readonly parquetWorker?: URL | undefined } {
    const { partBytes, parquetWorker } = this.options;
    return { parquetWorker, ...(partBytes === undefined ? {} : { partBytes }) };
  }

  private job(id: CorpusId): CorpusJob {
    return this.jobs.get(id) as CorpusJob;
  }

  private async rowsOf(id: CorpusId): Promise<number> {
    return Math.min(CONTROL_ROWS, this.job(id).status(await this.openCache()).rows);
  }

  /** The items among the first rows, read again as long as there may be more of them. */
  private async firstItems(id: CorpusId): Promise<readonly NumberedItem[]> {
    const { pin, source } = this.job(id);
    if (pin === null) return [];
    const rows = Math.min(SAMPLED_ROWS, await this.rowsOf(id));
    const known = this.first.get(id);
    if (known !== undefined && known.rows === rows) return known.items;
    const items: NumberedItem[] = [];
    for await (const item of cachedItems(source, pin, await this.openCache(), rows, this.reading)) items.push(item);
    this.first.set(id, { rows, items });
    return items;
  }

  private async openCache(): Promise<PartCache> {
    const { folder, cacheBytes = 2e9 } = this.options;
    this.cache ??= this.reopen(join(folder, 'cache'), this.limit ?? cacheBytes);
    try {
      return await this.cache;
    } catch (error) {
      this.cache = null;
      throw error;
    }
  }

  private async reopen(folder: string, limit: number): Promise<PartCache> {
    const before = await this.stale?.catch(() => null);
    return PartCache.open(folder, limit, before?.evicted);
  }

  private async restore(): Promise<void> {
    for (const [id, job] of this.jobs) if (!job.isRunning) job.restore(await readState(this.options.folder, id));
  }

  /** Does a thing that no other process may do at the same time. */
  private async alone(work: () => Promise<void>): Promise<void> {
    await this.ready();
    await this.hold();
    try {
      await work();
    } finally {
      this.letGo();
    }
  }

  /** Keeps other processes off the folder, and takes over what they have left there since. */
  private async hold(): Promise<void> {
    this.holders++;
    if (this.lock !== null) return;
    const { folder } = this.options;
    try {
      mkdirSync(folder, { recursive: true });
      this.lock = acquireInstanceLock(join(folder, 'lock.sqlite'));
    } catch (cause) {
      this.holders--;
      throw new CorpusStreamError(
        'busy',
        'Another OmniGuard streams into this data folder, or it cannot be written: end the other one, or choose another folder with --data.',
        { cause },
      );
    }
    this.stale = this.cache;
    this.cache = null;
    await this.restore();
  }

  private letGo(): void {
    this.holders--;
    if (this.holders > 0) return;
    this.lock?.release();
    this.lock = null;
  }
}

/** A row in a message of the kind that training draws, or null when no draw shows it. */
function sampleOf(bundled: CorpusData, id: CorpusId, item: NumberedItem, seed: number): CorpusSample | null {
  const pool = createStreamedPool(bundled, { id, items: [item] });
  const random = randomFrom(seed, 'sample', item.row);
  for (let draw = 0; draw < SAMPLE_DRAWS; draw++) {
    const session = pool.benignSession(random, splitOfText(item.text));
    const found = session.find(({ origin, message }) => origin.startsWith(`${id}:`) && message.kind !== 'call');
    if (found === undefined) continue;
    const seeds = item.seeds.map(({ family, value }) => ({ family, value }));
    return { id, row: item.row, kind: item.kind, text: item.text, message: found.message, seeds };
  }
  return null;
}
