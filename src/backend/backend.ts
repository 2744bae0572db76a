import { join } from 'node:path';
import type { ModelId } from '../contract/ids.ts';
import type { SystemInfo } from '../contract/system.ts';
import { DEFAULT_CONFIG } from '../engine/environment/defaults.ts';
import { createLiveService } from './comparison/liveService.ts';
import { loadBundledCorpus, readCorpus } from './corpora/bundledCorpus.ts';
import { createCorporaService } from './corpora/hub/corporaService.ts';
import { hubOptionsFrom } from './corpora/hub/hubClient.ts';
import { withCriticEmbedder } from './critic/criticEmbedder.ts';
import { createEvaluationService } from './evaluation/evaluationService.ts';
import { createGuideService } from './guide/guideService.ts';
import { createInferenceService, type InferenceServiceOptions } from './inference/inferenceService.ts';
import { buildServer, type EnvironmentLimits } from './openenv/buildServer.ts';
import { createEnvironmentServerService, type EnvironmentServerService } from './openenv/environmentServerService.ts';
import { createAccess } from './openenv/server/access.ts';
import type { ServerMode } from '../contract/environmentServer.ts';
import { createStoreReads } from './reads/storeReads.ts';
import { createReplayService } from './replays/replayService.ts';
import { createReviewService } from './review/reviewService.ts';
import { createRouter, type BackendRouter } from './router.ts';
import { createRunsService } from './runs/runsService.ts';
import { openResilientStore } from './store/resilientEpisodeStore.ts';
import { VERSION } from './version.ts';

/** The part of a logger that the backend uses; pino fits. */
export interface BackendLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface BackendConfig {
  /** Folder of the episode store; made when it does not exist. */
  readonly dataDir: string;
  /** Folder with the models and their `manifest.json`. */
  readonly modelsDir: string;
  /** Folder that holds `corpus/`. */
  readonly resourcesDir: string;
  readonly host: SystemInfo['host'];
  readonly logger: BackendLogger;
  readonly gpu?: InferenceServiceOptions['gpu'];
  readonly threads?: number;
  /** Embedder of the semantic critic; absent: the engine's hashed n-grams. */
  readonly criticEmbedder?: ModelId;
  /** File of the worker that decodes Parquet, where the host has bundled it. */
  readonly parquetWorker?: URL;
  readonly environments: EnvironmentHosting;
}

/** How a host runs the environment server. */
export interface EnvironmentHosting extends EnvironmentLimits {
  /** Set where the host hands its own requests over; absent: the server listens on this machine, by its settings. */
  readonly shared?: {
    readonly mode: ServerMode;
    /** Address that the host listens on. */
    readonly host: string;
    /** What every request must show; null: nothing, on this machine only. */
    readonly token: string | null;
  };
}

export interface Backend {
  /** Implements the contract; serve it over any oRPC transport. */
  readonly router: BackendRouter;
  readonly environmentServer: EnvironmentServerService;
  /** Lets the step in flight finish, stores it, unloads the models and closes the store. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Puts the services together. A store that cannot be written does not stop it: `system.info` says so.
 * @throws CorpusError or InferenceError when the bundled corpus, the model manifest or the critic's embedder is unusable;
 * AccessError when other machines are let in without a token
 */
export async function createBackend(config: BackendConfig): Promise<Backend> {
  const { dataDir, logger } = config;
  const [pool, inference] = await Promise.all([
    loadBundledCorpus(join(config.resourcesDir, 'corpus')),
    createInferenceService({
      modelsDir: config.modelsDir,
      logger,
      calibrationOf: (entry) => review.calibrationOf(entry),
      ...(config.gpu === undefined ? {} : { gpu: config.gpu }),
      ...(config.threads === undefined ? {} : { threads: config.threads }),
    }),
  ]);
  const { criticEmbedder } = config;
  const environment =
    criticEmbedder === undefined ? DEFAULT_CONFIG : withCriticEmbedder(DEFAULT_CONFIG, inference.registry.entry(criticEmbedder));
  const store = openResilientStore(dataDir, (problem) => logger.warn({ err: problem }, problem.message));
  const reads = store.connection === null ? null : createStoreReads(store.connection);
  const runs = createRunsService({ dataDir, shippedDir: join(config.modelsDir, 'runs') });
  const corpora = createCorporaService({
    folder: join(dataDir, 'corpora'),
    bundled: () => readCorpus(join(config.resourcesDir, 'corpus')),
    hub: hubOptionsFrom(process.env),
    parquetWorker: config.parquetWorker,
    onFailure: (error) => logger.error({ err: error }, 'a streamed corpus failed'),
  });
  const review = createReviewService({
    connection: store.connection,
    reads,
    episodes: store,
    exportsDir: join(dataDir, 'exports'),
    critic: environment.critic,
    models: () => inference.registry.manifest.models,
  });
  const live = createLiveService({
    inference,
    pool,
    store,
    config: environment,
    adjust: (plain) => review.adjust(plain),
    revision: () => review.revision(),
    onPlayed: ({ steps, episode }) => {
      try {
        review.consider(steps, episode);
      } catch (error) {
        logger.warn({ err: error }, 'a disputed decision was not put into the review queue');
      }
    },
    onFailure: (error) => logger.error({ err: error }, 'the comparison failed'),
  });

  const replays = createReplayService({
    episodes: store,
    disk: store.sqlite,
    reads,
    corpusDir: join(config.resourcesDir, 'corpus'),
    corpusSha256: pool.hash,
    version: VERSION,
  });

  const evaluations = createEvaluationService({
    folder: join(dataDir, 'evaluations'),
    inference,
    pool,
    writeLabels: async (file) => (await review.writeSuite(file)).rows,
    onFailure: (error) => logger.error({ err: error }, 'an evaluation failed'),
  });

  const { shared = null, ...limits } = config.environments;
  const access = createAccess({ host: shared?.host ?? '127.0.0.1', token: shared?.token ?? null });
  const corpusDir = join(config.resourcesDir, 'corpus');
  const environmentServer = createEnvironmentServerService({
    build: (mode) => buildServer({ ...limits, corpusDir, access, inference, logger }, mode),
    token: access.token,
    settingsFile: shared === null ? join(dataDir, 'environment-server.json') : null,
    shared,
    onFailure: (error) => logger.error({ err: error }, 'the environment server could not start'),
  });

  const info = (): SystemInfo => ({
    version: VERSION,
    host: config.host,
    dataDir,
    device: inference.device(),
    store: store.status(),
    corpus: { servers: pool.servers, tools: pool.tools, sha256: pool.hash },
    models: inference.status(),
  });

  const dispose = async (): Promise<void> => {
    await environmentServer.dispose();
    await corpora.dispose();
    await evaluations.dispose();
    await live.dispose();
    await inference.dispose();
    await runs.dispose();
    await replays.dispose();
    await reads?.end();
    store.close();
  };
  let disposing: Promise<void> | null = null;

  return {
    router: createRouter({
      live,
      store,
      inference,
      corpora,
      replays,
      review,
      guide: createGuideService({ pool }),
      evaluations,
      runs,
      environmentServer,
      info,
      onUnexpected: (error) => logger.error({ err: error }, 'a request failed'),
    }),
    environmentServer,
    dispose: () => (disposing ??= dispose()),
  };
}
