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
  ExportPreview,
  ExportResult,
  RecalibrationReport,
  ReviewItemId,
  StepLabel,
} from '../../contract/review.ts';
import type { EpisodeStore } from '../store/episodeStore.ts';
import { toStoreError } from '../store/storeError.ts';
import { agreementReport } from './agreementReport.ts';
import { ReviewDesk } from './desk.ts';
import type { EpisodeOrigin } from './episodeOrigin.ts';
import { ReviewIntake, type Intake, type Offer } from './intake.ts';
import { previewExport, writeExport } from './labelExport.ts';
import { Recalibrator, type RecalibrationRequest } from './recalibrator.ts';
import { ReviewError } from './reviewError.ts';
import { ReviewStore } from './reviewStore.ts';

export interface ReviewServiceOptions {
  /** The open store; null when there is none, and then every request says so. */
  readonly connection: Database | null;
  readonly episodes: Pick<EpisodeStore, 'recording'>;
  /** Folder of exports made from the interface. */
  readonly exportsDir: string;
  readonly critic: EnvironmentConfig['critic'];
  /** Entries of the registry as they ship. */
  readonly models: () => readonly ModelEntry[];
  readonly now?: () => Date;
}

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
  /** What analysts do. @throws ReviewError without a store */
  readonly desk: ReviewDesk;
  /** @throws ReviewError without a store */
  readonly store: ReviewStore;
  /** Steps of one position as a comparison stored them; disputed ones are enqueued. Without a store nothing happens. */
  consider(steps: readonly LaneStep[], origin: EpisodeOrigin): void;
  /** A decision made outside an episode, as the gateway's; null when it is neither disputed nor flagged. */
  offer(offer: Offer): Intake | null;
  send(request: SendRequest): { readonly itemId: ReviewItemId; readonly created: boolean };
  labelsOf(episode: EpisodeId): readonly StepLabel[];
  agreement(analyst: AnalystId): AgreementReport;
  exportPreview(format: ExportFormat): Promise<ExportPreview>;
  exportLabels(format: ExportFormat): Promise<ExportResult>;
  recalibration(): Promise<RecalibrationReport>;
  recalibrate(request: RecalibrationRequest): Promise<RecalibrationReport>;
  verifyAudit(): Promise<AuditVerification>;
  /** The configuration with the critic's threshold that is in force. */
  adjust(config: EnvironmentConfig): EnvironmentConfig;
  /** The calibration in force for a model. */
  calibrationOf(entry: ModelEntry): Calibration | null;
  /** Changes with every recalibration: loaded models and configurations are then out of date. */
  revision(): number;
}

const EXTENSIONS: { readonly [F in ExportFormat]: string } = { jsonl: 'jsonl', csv: 'csv', sft: 'sft.jsonl', dpo: 'dpo.jsonl' };

interface Parts {
  readonly store: ReviewStore;
  readonly desk: ReviewDesk;
  readonly intake: ReviewIntake;
  readonly recalibrator: Recalibrator;
}

export function createReviewService(options: ReviewServiceOptions): ReviewService {
  const now = options.now ?? (() => new Date());
  const parts = options.connection === null ? null : open(options.connection, options, now);
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
    agreement: (analyst) => {
      need().store.profile(analyst);
      return agreementReport(need().store, analyst);
    },
    exportPreview: (format) => previewExport(need().store, format, now()),
    exportLabels: async (format) => {
      const stamp = now().toISOString().replaceAll(/[:.]/g, '-');
      const file = join(options.exportsDir, `labels-${stamp}.${EXTENSIONS[format]}`);
      const { store } = need();
      try {
        return { file, manifestFile: `${file}.manifest.json`, manifest: await writeExport(store, format, file, now()) };
      } catch (error) {
        throw toStoreError(error);
      }
    },
    recalibration: () => need().recalibrator.report(),
    recalibrate: (request) => need().recalibrator.apply(request),
    verifyAudit: () => need().store.audit.verify(),
    adjust: (config) =>
      parts === null || config.critic.embedder !== options.critic.embedder
        ? config
        : { ...config, critic: { ...config.critic, threshold: parts.recalibrator.threshold() } },
    calibrationOf: (entry) => (parts === null ? entry.calibration : parts.recalibrator.calibrationOf(entry)),
    revision: () => parts?.recalibrator.revision() ?? 0,
  };
}

function open(connection: Database, { critic, models }: ReviewServiceOptions, now: () => Date): Parts {
  const store = new ReviewStore(connection);
  return {
    store,
    desk: new ReviewDesk(store, now),
    intake: new ReviewIntake(store, now),
    recalibrator: new Recalibrator({ store, critic, models, now }),
  };
}
