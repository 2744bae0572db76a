import type { Database } from 'better-sqlite3';
import { join } from 'node:path';
import type { EnvironmentConfig } from '../../contract/episodes.ts';
import type { EpisodeId } from '../../contract/ids.ts';
import type { Lane, LaneStep } from '../../contract/live.ts';
import type { Calibration, ModelEntry } from '../../contract/models.ts';
import type {
  AnalystId,
  AgreementReport,
  AuditVerification,
  ExportFormat,
  ExportManifest,
  ExportPreview,
  ExportResult,
  RecalibrationReport,
  ReviewItem,
  ReviewItemId,
  ReviewOverview,
  ReviewPage,
  ReviewQuery,
  StepLabel,
} from '../../contract/review.ts';
import type { StoreReads } from '../reads/storeReads.ts';
import type { EpisodeStore } from '../store/episodeStore.ts';
import { ReviewDesk } from './desk.ts';
import type { EpisodeOrigin } from './episodeOrigin.ts';
import { ReviewIntake, type Intake, type Offer } from './intake.ts';
import type { ExportRequest } from './labelExport.ts';
import { Recalibrator, type RecalibrationRequest } from './recalibrator.ts';
import { ReviewError } from './reviewError.ts';
import { ReviewStore } from './reviewStore.ts';

export interface ReviewServiceOptions {
  /** The open store; null when there is none, and then every request says so. */
  readonly connection: Database | null;
  /** Where questions are answered that may take longer than a frame; null when there is no store. */
  readonly reads: StoreReads | null;
  readonly episodes: Pick<EpisodeStore, 'recording'>;
  /** Folder of exports made from the interface. */
  readonly exportsDir: string;
  readonly critic: EnvironmentConfig['critic'];
  /** Entries of the registry as they ship. */
  readonly models: () => readonly ModelEntry[];
  readonly now?: () => Date;
}

/** Which labels, and how they are written. */
export type ExportedLabels = Pick<ExportRequest, 'format' | 'filter'>;

/** A step of a stored episode to be reviewed. */
export interface SendRequest {
  readonly episodeId: EpisodeId;
  readonly lane: Lane;
  readonly position: number;
  readonly note?: string | undefined;
  readonly analyst?: AnalystId | undefined;
  readonly source?: 'live' | 'replay';
}

/** The review queue: where disputed decisions come in, what analysts do with them, and what is made of their labels. */
export interface ReviewService {
  /** What analysts do, and short questions. @throws ReviewError without a store */
  readonly desk: ReviewDesk;
  /** @throws ReviewError without a store */
  readonly store: ReviewStore;
  /** Steps of one position as a comparison stored them; disputed ones are enqueued. Without a store nothing happens. */
  consider(steps: readonly LaneStep[], origin: EpisodeOrigin): void;
  /** A decision made outside an episode, as the gateway's; null when it is neither disputed nor flagged. */
  offer(offer: Offer): Intake | null;
  send(request: SendRequest): { readonly itemId: ReviewItemId; readonly created: boolean };
  labelsOf(episode: EpisodeId): readonly StepLabel[];
  queue(query: ReviewQuery, signal?: AbortSignal): Promise<ReviewPage>;
  item(itemId: ReviewItemId, analyst: AnalystId, signal?: AbortSignal): Promise<ReviewItem>;
  overview(analyst: AnalystId, signal?: AbortSignal): Promise<ReviewOverview>;
  agreement(analyst: AnalystId, signal?: AbortSignal): Promise<AgreementReport>;
  exportPreview(labels: ExportedLabels, signal?: AbortSignal): Promise<ExportPreview>;
  /** Into the folder of exports. */
  exportLabels(labels: ExportedLabels, signal?: AbortSignal): Promise<ExportResult>;
  /** To a file of one's own, as a suite that `eval` reads. */
  writeSuite(file: string): Promise<ExportManifest>;
  recalibration(): Promise<RecalibrationReport>;
  recalibrate(request: RecalibrationRequest): Promise<RecalibrationReport>;
  verifyAudit(signal?: AbortSignal): Promise<AuditVerification>;
  /** The configuration with the critic's threshold that is in force. */
  adjust(config: EnvironmentConfig): EnvironmentConfig;
  /** The calibration in force for a model. */
  calibrationOf(entry: ModelEntry): Calibration | null;
  /** Changes with every recalibration: loaded models and configurations are then out of date. */
  revision(): number;
}

const EXTENSIONS: { readonly [F in ExportFormat]: string } = { jsonl: 'jsonl', csv: 'csv', sft: 'sft.jsonl', dpo: 'dpo.jsonl' };

interface Parts {
  readonly reads: StoreReads;
  readonly store: ReviewStore;
  readonly desk: ReviewDesk;
  readonly intake: ReviewIntake;
  readonly recalibrator: Recalibrator;
}

export function createReviewService(options: ReviewServiceOptions): ReviewService {
  const now = options.now ?? (() => new Date());
  const { connection, reads } = options;
  const parts = connection === null || reads === null ? null : open(connection, reads, options, now);
  const need = (): Parts => {
    if (parts !== null) return parts;
    throw new ReviewError('STORE_UNAVAILABLE', 'The review queue needs the store, which cannot be opened; see the status bar.');
  };
  return {
    get desk() {
      return need().desk;
    },
    get store() {
      return need().store;
    },
    consider: (steps, origin) => parts?.intake.consider(steps, origin),
    offer: (offer) => parts?.intake.offer(offer) ?? null,
    send: ({ episodeId, lane, position, note, analyst, source }) => {
      const recording = options.episodes.recording(episodeId);
      const temperature = (of: Lane): number | null => {
        const deciding = recording?.episode.models[of];
        const entry = options.models().find(({ id, sha256 }) => id === deciding?.id && sha256 === deciding.sha256);
        return entry === undefined ? null : (need().recalibrator.calibrationOf(entry)?.temperature ?? null);
      };
      const { item, created } = need().intake.send(
        recording,
        { lane, position, note, analyst: analyst ?? null, source },
        { baseline: temperature('baseline'), trained: temperature('trained') },
      );
      return { itemId: item.id, created };
    },
    labelsOf: (episode) => parts?.intake.labelsOf(episode) ?? [],
    queue: async (query, signal) => need().reads.run('queue', { query, now: now().getTime() }, signal),
    item: async (itemId, analyst, signal) => need().reads.run('item', { itemId, analyst, now: now().getTime() }, signal),
    overview: async (analyst, signal) => need().reads.run('overview', { analyst, now: now().getTime() }, signal),
    agreement: async (analyst, signal) => need().reads.run('agreement', analyst, signal),
    exportPreview: async (labels, signal) => need().reads.run('exportPreview', { ...labels, now: now().getTime() }, signal),
    exportLabels: async (labels, signal) => {
      const at = now();
      const file = join(options.exportsDir, `labels-${at.toISOString().replaceAll(/[:.]/g, '-')}.${EXTENSIONS[labels.format]}`);
      const manifest = await need().reads.run('exportLabels', { ...labels, file, now: at.getTime() }, signal);
      return { file, manifestFile: `${file}.manifest.json`, manifest };
    },
    writeSuite: async (file) => need().reads.run('exportLabels', { format: 'jsonl', filter: {}, file, now: now().getTime() }),
    recalibration: async () => need().recalibrator.report(),
    recalibrate: async (request) => need().recalibrator.apply(request),
    verifyAudit: async (signal) => need().reads.run('audit', null, signal),
    adjust: (config) =>
      parts === null || config.critic.embedder !== options.critic.embedder
        ? config
        : { ...config, critic: { ...config.critic, threshold: parts.recalibrator.threshold() } },
    calibrationOf: (entry) => (parts === null ? entry.calibration : parts.recalibrator.calibrationOf(entry)),
    revision: () => parts?.recalibrator.revision() ?? 0,
  };
}

function open(connection: Database, reads: StoreReads, { critic, models }: ReviewServiceOptions, now: () => Date): Parts {
  const store = new ReviewStore(connection);
  return {
    reads,
    store,
    desk: new ReviewDesk(store, now),
    intake: new ReviewIntake(store, now),
    recalibrator: new Recalibrator({ store, critic, models, measure: (basis) => reads.run('recalibration', basis), now }),
  };
}
