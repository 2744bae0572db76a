import type { Database as Connection } from 'better-sqlite3';
import type { EpisodeId } from '../../contract/ids.ts';
import type { PerLane, StoredEpisode } from '../../contract/live.ts';
import type { EpisodePage, EpisodeRecord, EpisodeStore, Recording, StepRecord, StoreStatus } from './episodeStore.ts';
import { MemoryEpisodeStore } from './memoryEpisodeStore.ts';
import { openDatabase } from './openDatabase.ts';
import { SqliteEpisodeStore } from './sqliteEpisodeStore.ts';
import { toStoreError, type StoreError } from './storeError.ts';

/**
 * Opens the store of a data folder in such a way that a comparison always goes on: what cannot be
 * written is kept in memory, and `status` says so.
 */
export function openResilientStore(dataDir: string, onProblem: (problem: StoreError) => void): ResilientEpisodeStore {
  try {
    const database = openDatabase(dataDir);
    return new ResilientEpisodeStore(new SqliteEpisodeStore(database), null, onProblem, database.db);
  } catch (error) {
    return new ResilientEpisodeStore(null, toStoreError(error), onProblem);
  }
}

/**
 * Writes go to the disk and, for the episode being played, to memory as well. If the disk refuses,
 * the whole episode is still there; with the next episode the disk is tried again.
 */
export class ResilientEpisodeStore implements EpisodeStore {
  /** The open database, for what else is kept in it; null when there is none. Closed with this store. */
  readonly connection: Connection | null;
  /** The episodes on disk, for what memory does not offer; null when there is no SQLite store. */
  readonly sqlite: SqliteEpisodeStore | null;
  private readonly disk: EpisodeStore | null;
  private readonly memory = new MemoryEpisodeStore();
  private readonly onProblem: (problem: StoreError) => void;
  private problem: StoreError | null = null;
  /** The episode being played while all of it is on disk; null once a write has failed: the rest goes to memory only. */
  private onDisk: EpisodeId | null = null;

  /** @param openProblem why there is no disk store; null when there is one */
  constructor(
    disk: EpisodeStore | null,
    openProblem: StoreError | null,
    onProblem: (problem: StoreError) => void,
    connection: Connection | null = null,
  ) {
    this.disk = disk;
    this.connection = connection;
    this.sqlite = disk instanceof SqliteEpisodeStore ? disk : null;
    this.onProblem = onProblem;
    if (openProblem !== null) this.report(openProblem);
  }

  begin(episode: EpisodeRecord): void {
    if (this.onDisk !== null) this.memory.drop(this.onDisk);
    this.memory.begin(episode);
    this.onDisk = this.disk === null ? null : episode.id;
    if (this.tryDisk((disk) => disk.begin(episode))) this.problem = null;
  }

  append(record: StepRecord): void {
    this.memory.append(record);
    this.tryDisk((disk) => disk.append(record));
  }

  finish(id: EpisodeId, finishedAt: string, scores: PerLane<number>): void {
    this.memory.finish(id, finishedAt, scores);
    this.tryDisk((disk) => disk.finish(id, finishedAt, scores));
  }

  /** Episodes in memory come first: the one being played, and those that a person would lose with the process. */
  list(page: EpisodePage): readonly StoredEpisode[] {
    const inMemory = page.before === undefined || this.memory.has(page.before) ? this.memory.list(page) : [];
    const missing = page.limit - inMemory.length;
    if (this.disk === null || missing <= 0) return inMemory;
    const before = page.before !== undefined && !this.memory.has(page.before) ? page.before : undefined;
    // A shadowed episode is on both sides; asking for as many more keeps the page full.
    const onDisk = this.disk.list({ before, limit: missing + this.memory.status().episodes });
    return [...inMemory, ...onDisk.filter(({ id }) => !this.memory.has(id)).slice(0, missing)];
  }

  recording(id: EpisodeId): Recording | null {
    return this.memory.recording(id) ?? this.disk?.recording(id) ?? null;
  }

  status(): StoreStatus {
    try {
      const status = (this.disk ?? this.memory).status();
      return this.problem === null ? status : { ...status, writable: false, problem: this.problem.message };
    } catch (error) {
      this.report(toStoreError(error));
      return { ...this.memory.status(), writable: false, problem: toStoreError(error).message };
    }
  }

  close(): void {
    this.disk?.close();
    this.memory.close();
  }

  private tryDisk(write: (disk: EpisodeStore) => void): boolean {
    if (this.disk === null || this.onDisk === null) return false;
    try {
      write(this.disk);
      return true;
    } catch (error) {
      this.onDisk = null;
      this.report(toStoreError(error));
      return false;
    }
  }

  private report(problem: StoreError): void {
    if (this.problem?.code !== problem.code) this.onProblem(problem);
    this.problem = problem;
  }
}
