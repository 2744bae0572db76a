import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { JsonValue } from '../../contract/json.ts';
import type {
  FlatEntries,
  GroupResults,
  ImportInput,
  ImportProgress,
  ImportReport,
  MapViewInput,
  PanelData,
  PanelExportInput,
  PanelExportPage,
  RunDetail,
  RunId,
  RunList,
  RunState,
  RunSummary,
  SeriesInput,
} from '../../contract/runs.ts';
import { sourceStamp } from './formats/fileTail.ts';
import { findSources, findUploaded, openSource } from './formats/openSource.ts';
import type { RunReader } from './formats/runReader.ts';
import { groupResults } from './results.ts';
import { RunsError } from './runsError.ts';
import { PanelBuilder } from './series/panel.ts';
import { exportPage } from './series/panelExport.ts';
import { RunStore, type StoredRun, type StoredSeries, type StoredSource } from './store/runStore.ts';

/** Raised when importers read the same file differently than before: shipped and followed runs are then imported anew. */
const IMPORTER_VERSION = 2;
/** Sources that were sent in are known by their name and content. */
const UPLOADED = 'uploaded:';
const POLL_MS = 500;
/** Without growth for this many of its usual intervals a followed run is stale. */
const STALE_INTERVALS = 3;
const LONGEST_USUAL_MS = 600_000;
const USUAL_MS = 10_000;

interface Source {
  readonly identity: string;
  readonly path: string;
  /** What is kept as its path, where that is not where it lies now. */
  readonly shownPath?: string;
  readonly shipped: boolean;
  readonly followed: boolean;
}

/** An import under way; `cancelled` is looked at between two pieces of a file. */
interface RunningImport {
  files: readonly [done: number, total: number];
  rows: number;
  cancelled: boolean;
}

/** A source being followed: its reader stands at the end of what was stored. */
interface Follower {
  readonly source: StoredSource;
  readonly reader: RunReader;
  grewAt: number;
  usualMs: number;
  /** As last told. */
  state: RunState;
}

export interface RunLibraryOptions {
  readonly dataDir: string;
  /** Its folders each hold the curves of a shipped model. */
  readonly shippedDir: string;
  readonly onChange: (revision: number) => void;
  readonly now?: () => number;
}

/**
 * All that is known of training runs. It parses, stores, smooths and decimates, which takes longer than an event loop may wait,
 * so it lives in a worker; within it, imports yield between pieces.
 */
export class RunLibrary {
  private readonly options: RunLibraryOptions;
  private readonly store: RunStore;
  private readonly panels: PanelBuilder;
  private readonly followers = new Map<string, Follower>();
  /** Followed sources that have not changed since they were stored: they are read only once they do. */
  private readonly dormant = new Map<string, StoredSource>();
  private readonly imports = new Map<string, RunningImport>();
  private readonly now: () => number;
  private queue: Promise<unknown> = Promise.resolve();
  private revision = 0;
  private poll: ReturnType<typeof setInterval> | null = null;
  private closed = false;

  constructor(options: RunLibraryOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.store = RunStore.open(options.dataDir);
    this.panels = new PanelBuilder(this.store);
  }

  /** Imports what ships, if it is new, and takes up following. A source that has become unreadable keeps its runs. */
  async start(): Promise<void> {
    const shipped = findShipped(this.options.shippedDir);
    for (const source of this.store.sources()) {
      if (source.shipped && !shipped.some(({ identity }) => identity === source.identity)) this.store.removeSource(source.id);
    }
    for (const source of shipped) {
      await this.enqueue(() => this.importSource(source)).catch((error: unknown) => {
        if (!(error instanceof RunsError)) throw error;
      });
    }
    for (const source of this.store.sources()) if (source.followed) this.dormant.set(source.identity, source);
    this.poll = setInterval(() => void this.enqueue(() => this.pollFollowers()), POLL_MS);
    this.poll.unref();
  }

  list(): RunList {
    const sources = new Map(this.store.sources().map((source) => [source.id, source]));
    const series = Map.groupBy(this.store.series(), ({ run }) => run);
    return {
      problem: this.store.problem,
      runs: this.store.runs().flatMap((run) => {
        const source = sources.get(run.source);
        return source === undefined ? [] : [this.summary(run, source, series.get(run.id) ?? [])];
      }),
    };
  }

  details(ids: readonly RunId[]): readonly RunDetail[] {
    const series = Map.groupBy(this.store.series(), ({ run }) => run);
    return ids.flatMap((id) => {
      const run = this.store.run(id);
      if (run === null) return [];
      const last = (series.get(id) ?? []).map(({ name, last: value }) => [name, value] as const);
      const summary: readonly (readonly [string, JsonValue])[] = run.summary.length > 0 ? run.summary : last;
      return [{ id, config: asText(run.config), summary: asText(summary) }];
    });
  }

  /** @throws RunsError NOT_FOUND, UNREADABLE, or INVALID_STATE when it was cancelled */
  async import({ path, follow, ticket }: ImportInput): Promise<ImportReport> {
    if (!isAbsolute(path)) throw new RunsError('UNREADABLE', 'The path is not absolute.');
    const files = findSources(resolve(path));
    return this.importAll(
      files.map((file) => ({ identity: file, path: file, shipped: false, followed: follow })),
      ticket,
    );
  }

  /**
   * Takes in the runs of files that lie in `folder` for as long as this takes; `paths` are relative to it.
   * @throws RunsError UNREADABLE, or INVALID_STATE when it was cancelled
   */
  async importUploaded(folder: string, paths: readonly string[], ticket: string): Promise<ImportReport> {
    const files = findUploaded(folder, paths);
    const sources: Source[] = [];
    for (const path of files) {
      const full = join(folder, path);
      sources.push({ identity: `${UPLOADED}${path}:${await hashOf(full)}`, path: full, shownPath: path, shipped: false, followed: false });
    }
    return this.importAll(sources, ticket);
  }

  /** Null while no import goes by this ticket. */
  importProgress(ticket: string): ImportProgress | null {
    const running = this.imports.get(ticket);
    return running === undefined ? null : { files: running.files, rows: running.rows };
  }

  importCancel(ticket: string): void {
    const running = this.imports.get(ticket);
    if (running !== undefined) running.cancelled = true;
  }

  /** @throws RunsError NOT_FOUND, or UNREADABLE when the file to follow has gone */
  async follow(id: RunId, follow: boolean): Promise<void> {
    const source = this.sourceOf(id);
    if (!isFollowable(source)) throw new RunsError('INVALID_STATE', 'A file that was sent in cannot be followed; import it by its path.');
    if (!follow) {
      await this.enqueue(async () => {
        this.unfollow(source.identity);
        this.store.setFollowed(source.id, false);
        this.changed();
      });
      return;
    }
    await this.enqueue(() => this.importSource({ ...source, followed: true }));
  }

  /** @throws RunsError NOT_FOUND, or INVALID_STATE for a run that ships */
  async remove(id: RunId): Promise<void> {
    const source = this.sourceOf(id);
    if (source.shipped) throw new RunsError('INVALID_STATE', 'A run that ships with OmniGuard cannot be removed.');
    await this.enqueue(async () => {
      const siblings = this.store.runs().filter((run) => run.source === source.id);
      if (siblings.length <= 1) this.unfollow(source.identity);
      this.store.removeRun(id);
      this.changed();
    });
  }

  series(input: SeriesInput): PanelData {
    return this.panels.build(input);
  }

  mapView(input: MapViewInput): readonly [number, number] | null {
    return this.panels.mapView(input);
  }

  export(input: PanelExportInput): PanelExportPage {
    const exported = input.runs.flatMap((id) => {
      const run = this.store.run(id);
      const series = this.store.findSeries(id, input.metrics);
      return run === null || series === null ? [] : [{ run, series, ...this.panels.placed(series, input.x) }];
    });
    return exportPage(exported, input);
  }

  results(): readonly GroupResults[] {
    return groupResults(this.store);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.poll !== null) clearInterval(this.poll);
    await this.queue.catch(() => undefined);
    for (const identity of [...this.followers.keys()]) this.unfollow(identity);
    this.store.close();
  }

  /** Writers take turns: an import is one transaction over many turns of the event loop. */
  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.queue.then(() => {
      if (this.closed) throw new RunsError('INVALID_STATE', 'OmniGuard is closing.');
      return work();
    });
    this.queue = done.catch(() => undefined);
    return done;
  }

  /** One bad file among many does not hold up the others. */
  private async importAll(sources: readonly Source[], ticket: string): Promise<ImportReport> {
    const running: RunningImport = { files: [0, sources.length], rows: 0, cancelled: false };
    this.imports.set(ticket, running);
    const reports: ImportReport[] = [];
    let failure: RunsError | null = null;
    try {
      for (const source of sources) {
        try {
          reports.push(await this.enqueue(() => this.importSource(source, running)));
        } catch (error) {
          if (!(error instanceof RunsError) || running.cancelled) throw error;
          failure = error;
        }
        running.files = [running.files[0] + 1, sources.length];
        running.rows = 0;
      }
    } finally {
      this.imports.delete(ticket);
    }
    if (reports.length === 0 && failure !== null) throw failure;
    return {
      runs: reports.flatMap(({ runs }) => runs),
      changed: reports.some(({ changed }) => changed),
      notes: [...reports.flatMap(({ notes }) => notes), ...(failure === null ? [] : [`Some files of the folder: ${failure.message}`])],
    };
  }

  private async importSource(source: Source, running: RunningImport | null = null): Promise<ImportReport> {
    this.unfollow(source.identity);
    const stamp = sourceStamp(source.path);
    const reader = openSource(source.path);
    let stored: StoredSource | null = null;
    try {
      const known = this.store.source(source.identity);
      this.store.begin();
      const id = this.store.saveSource({ ...describe(source, reader, '', this.now()), stamp });
      this.store.clearSeries(id);
      let runs = await this.readToEnd(reader, id, source.identity, running);
      if (reader.drafts.every((draft) => draft.rows === 0 && draft.summary.size === 0)) {
        throw new RunsError('UNREADABLE', 'The file holds no points of a run.');
      }
      const print = fingerprint(reader);
      const changed = known?.fingerprint !== print;
      if (changed) {
        this.store.saveSource({ ...describe(source, reader, print, this.now()), stamp });
        this.store.keepRuns(id, runs);
        this.store.commit();
      } else {
        this.store.rollback();
        this.store.setFollowed(id, source.followed);
        runs = this.store.runs().flatMap((run) => (run.source === id ? [run.id] : []));
      }
      stored = this.store.source(source.identity);
      this.changed();
      return {
        runs,
        changed,
        notes: [...reader.notes, ...reader.drafts.flatMap((draft) => draft.notes().map((note) => `${draft.name}: ${note}`))],
      };
    } catch (error) {
      this.store.rollback();
      this.panels.invalidate();
      throw error;
    } finally {
      if (stored !== null && source.followed) {
        this.followers.set(source.identity, { source: stored, reader, grewAt: this.now(), usualMs: USUAL_MS, state: 'live' });
      } else reader.close();
    }
  }

  private async readToEnd(reader: RunReader, source: number, identity: string, running: RunningImport | null): Promise<RunId[]> {
    let state = reader.advance();
    for (; state === 'more'; state = reader.advance()) {
      for (const draft of reader.drafts) this.store.saveDraft(source, identity, draft);
      await nextTurn();
      if (running?.cancelled === true) throw new RunsError('INVALID_STATE', 'The import was cancelled; nothing of this file was kept.');
      if (running !== null) running.rows = reader.drafts.reduce((sum, { rows }) => sum + rows, 0);
    }
    return reader.drafts.map((draft) => this.store.saveDraft(source, identity, draft));
  }

  private async pollFollowers(): Promise<void> {
    for (const source of [...this.dormant.values()]) {
      if (sourceStamp(source.path) !== source.stamp) await this.whileThere(source, () => this.importSource(source));
    }
    for (const follower of [...this.followers.values()]) {
      await this.whileThere(follower.source, () => this.pollFollower(follower));
    }
  }

  /** When the file has gone, or is no run any more, what it held is kept and following ends. */
  private async whileThere(source: StoredSource, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.store.rollback();
      if (!(error instanceof RunsError)) throw error;
      this.unfollow(source.identity);
      this.store.setFollowed(source.id, false);
      this.changed();
    }
  }

  private async pollFollower(follower: Follower): Promise<void> {
    const { reader, source } = follower;
    const before = points(reader);
    const stamp = sourceStamp(source.path);
    let state = reader.advance();
    for (; state === 'more'; state = reader.advance()) await nextTurn();
    if (state === 'replaced') {
      await this.importSource(source);
      return;
    }
    if (points(reader) === before) {
      const now = this.stateOf(follower);
      if (now !== follower.state) {
        follower.state = now;
        this.changed();
      }
      return;
    }
    this.store.begin();
    for (const draft of reader.drafts) this.store.saveDraft(source.id, source.identity, draft);
    this.store.saveSource({ ...describe(source, reader, fingerprint(reader), this.now()), stamp, importedAt: source.importedAt });
    this.store.commit();
    const now = this.now();
    follower.usualMs = Math.min(LONGEST_USUAL_MS, Math.max(1_000, now - follower.grewAt) * 0.3 + follower.usualMs * 0.7);
    follower.grewAt = now;
    follower.state = 'live';
    this.changed();
  }

  private unfollow(identity: string): void {
    this.followers.get(identity)?.reader.close();
    this.followers.delete(identity);
    this.dormant.delete(identity);
  }

  private sourceOf(id: RunId): StoredSource {
    const run = this.store.run(id);
    const source = this.store.sources().find((candidate) => candidate.id === run?.source);
    if (source === undefined) throw new RunsError('NOT_FOUND', 'There is no run with this id.');
    return source;
  }

  private summary(run: StoredRun, source: StoredSource, series: readonly StoredSeries[]): RunSummary {
    const follower = this.followers.get(source.identity);
    const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
    const [firsts, lasts] = [known(series.map(({ firstTime }) => firstTime)), known(series.map(({ lastTime }) => lastTime))];
    const steps = known(series.map(({ lastStep }) => lastStep));
    return {
      id: run.id,
      name: run.name,
      group: source.group,
      format: source.format,
      path: source.path,
      sha256: source.sha256,
      shipped: source.shipped,
      followable: isFollowable(source),
      state: run.end ?? (follower !== undefined ? this.stateOf(follower) : this.dormant.has(source.identity) ? 'stale' : 'ended'),
      followed: source.followed,
      colour: run.colour,
      startedAt: run.startedAt,
      importedAt: source.importedAt,
      rows: run.rows,
      lastStep: steps.length === 0 ? null : Math.max(...steps),
      seconds: firsts.length === 0 ? null : (Math.max(...lasts) - Math.min(...firsts)) / 1_000,
      metrics: series.map(({ name, count, min, max, last }) => ({ name, count, min, max, last })),
      notes: [...source.notes, ...run.notes],
    };
  }

  private stateOf({ grewAt, usualMs }: Follower): RunState {
    return this.now() - grewAt > STALE_INTERVALS * usualMs ? 'stale' : 'live';
  }

  private changed(): void {
    this.panels.invalidate();
    this.revision += 1;
    this.options.onChange(this.revision);
  }
}

/** `runs/nano/history.jsonl` is known as `shipped:nano`, wherever OmniGuard is installed. */
function findShipped(folder: string): Source[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name, 'history.jsonl');
    if (!entry.isDirectory() || !existsSync(path)) return [];
    return [{ identity: `shipped:${entry.name}`, path, shipped: true, followed: false }];
  });
}

function describe(source: Source, reader: RunReader, print: string, now: number): Omit<StoredSource, 'id' | 'stamp'> {
  return {
    identity: source.identity,
    path: source.shownPath ?? source.path,
    shipped: source.shipped,
    followed: source.followed,
    format: reader.format,
    group: reader.group,
    sha256: reader.sha256(),
    fingerprint: print,
    notes: reader.notes,
    importedAt: new Date(now).toISOString(),
  };
}

function fingerprint(reader: RunReader): string {
  const hash = createHash('sha256').update(`${IMPORTER_VERSION}\0${reader.sha256()}`);
  for (const { key, name, config, summary, end } of reader.drafts) hash.update(JSON.stringify([key, name, [...config], [...summary], end]));
  return hash.digest('hex');
}

function isFollowable({ identity, shipped }: Pick<Source, 'identity' | 'shipped'>): boolean {
  return !shipped && !identity.startsWith(UPLOADED);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Lets queries in between two pieces of an import. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Changes whenever a reader has taken something in. */
function points(reader: RunReader): string {
  return reader.drafts.map(({ rows, end, config, summary }) => `${rows} ${end} ${config.size} ${summary.size}`).join();
}

function asText(entries: readonly (readonly [string, JsonValue])[]): FlatEntries {
  return entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)] as const);
}
