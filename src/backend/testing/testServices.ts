import type { LiveScope } from '../../contract/live.ts';
import type { ModelId } from '../../contract/ids.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { createTestPool } from '../../engine/environment/testing/testPool.ts';
import { createLiveService, DEFAULT_SCOPE, type LiveService, type LiveServiceOptions } from '../comparison/liveService.ts';
import { readCorpus } from '../corpora/bundledCorpus.ts';
import { createCorporaService } from '../corpora/hub/corporaService.ts';
import { createEvaluationService } from '../evaluation/evaluationService.ts';
import { createGuideService } from '../guide/guideService.ts';
import { InferenceError } from '../inference/inferenceError.ts';
import { createReplayService } from '../replays/replayService.ts';
import { createReviewService } from '../review/reviewService.ts';
import { createEnvironmentServerService } from '../openenv/environmentServerService.ts';
import { createRouter, type BackendRouter } from '../router.ts';
import { noRuns } from '../runs/testing/noRuns.ts';
import type { EpisodeStore } from '../store/episodeStore.ts';
import { MemoryEpisodeStore } from '../store/memoryEpisodeStore.ts';
import { modelEntry, scriptedDefender, type Script, type ScriptedDefender } from './scriptedDefender.ts';

export interface TestServicesOptions {
  readonly baseline?: Script;
  readonly trained?: Script;
  readonly scope?: Partial<LiveScope>;
  readonly pool?: MessagePool;
  readonly store?: EpisodeStore;
  readonly live?: Partial<LiveServiceOptions>;
  /** Awaited before a model counts as loaded. */
  readonly loading?: (id: ModelId) => Promise<void>;
}

export interface TestServices {
  readonly live: LiveService;
  readonly store: EpisodeStore;
  readonly router: BackendRouter;
  /** Every defender that was handed out, oldest first. */
  readonly loaded: readonly ScriptedDefender[];
  readonly unexpected: readonly unknown[];
  readonly failures: readonly unknown[];
}

/** The real live service, router and loop on scripted defenders and a small pool, without models or disk. */
export function createTestServices(options: TestServicesOptions = {}): TestServices {
  const store = options.store ?? new MemoryEpisodeStore();
  const loaded: ScriptedDefender[] = [];
  const unexpected: unknown[] = [];
  const failures: unknown[] = [];
  const known = [DEFAULT_SCOPE.baseline, DEFAULT_SCOPE.trained];
  const entry = (id: ModelId) => {
    if (!known.includes(id)) throw new InferenceError('missing', `There is no model ${id}.`);
    return modelEntry(id);
  };
  const live = createLiveService({
    inference: {
      registry: { entry },
      loadDefender: async (id, { signal } = {}) => {
        await options.loading?.(id);
        signal?.throwIfAborted();
        entry(id);
        const script = (id === DEFAULT_SCOPE.baseline ? options.baseline : options.trained) ?? (() => 'REVOKE_STDIO');
        const defender = scriptedDefender(id, script);
        loaded.push(defender);
        return defender;
      },
      loadEmbedder: (id) => Promise.reject(new InferenceError('missing', `There is no embedder ${id}.`)),
    },
    pool: options.pool ?? createTestPool(),
    store,
    scope: { ...DEFAULT_SCOPE, speed: 'max', ...options.scope },
    onFailure: (error) => failures.push(error),
    ...options.live,
  });
  const router = createRouter({
    live,
    store,
    inference: { status: () => [], verify: async () => [] },
    corpora: createCorporaService({ folder: '/data/corpora', bundled: () => readCorpus(), onFailure: (error) => failures.push(error) }),
    review: createReviewService({
      connection: null,
      reads: null,
      episodes: store,
      exportsDir: '/data/exports',
      critic: DEFAULT_CONFIG.critic,
      models: () => [],
    }),
    evaluations: createEvaluationService({
      folder: '/data/evaluations',
      inference: {
        registry: { entry, manifest: { version: 1, models: known.map((id) => modelEntry(id)) } },
        loadDefender: (id) => Promise.reject(new InferenceError('missing', `There is no model ${id}.`)),
        loadEmbedder: (id) => Promise.reject(new InferenceError('missing', `There is no embedder ${id}.`)),
        device: () => null,
        status: () => [],
      },
      pool: options.pool ?? createTestPool(),
      writeLabels: async () => 0,
      onFailure: (error) => failures.push(error),
    }),
    guide: createGuideService({ pool: options.pool ?? createTestPool() }),
    replays: createReplayService({
      episodes: store,
      disk: null,
      reads: null,
      corpusDir: '',
      corpusSha256: 'c'.repeat(64),
      version: '0.0.0',
    }),
    runs: noRuns,
    environmentServer: createEnvironmentServerService({
      build: () => Promise.reject(new Error('no environments here')),
      token: null,
      settingsFile: null,
      shared: null,
      onFailure: (error) => failures.push(error),
    }),
    info: () => ({
      version: '0.0.0',
      host: 'loopback',
      dataDir: '/data',
      device: null,
      store: store.status(),
      corpus: { servers: 1, tools: 1, sha256: 'c'.repeat(64) },
      models: [],
    }),
    onUnexpected: (error) => unexpected.push(error),
  });
  return { live, store, router, loaded, unexpected, failures };
}
