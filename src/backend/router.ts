import { implement, ORPCError, type Router } from '@orpc/server';
import { contract, type Contract } from '../contract/contract.ts';
import type { SystemInfo } from '../contract/system.ts';
import type { LiveService } from './comparison/liveService.ts';
import { corporaHandlers } from './corpora/hub/corporaHandlers.ts';
import type { CorporaService } from './corpora/hub/corporaService.ts';
import { evaluationHandlers } from './evaluation/evaluationHandlers.ts';
import type { EvaluationService } from './evaluation/evaluationService.ts';
import { guideHandlers } from './guide/guideHandlers.ts';
import type { GuideService } from './guide/guideService.ts';
import type { InferenceService } from './inference/inferenceService.ts';
import type { EnvironmentServerService } from './openenv/environmentServerService.ts';
import { replayHandlers } from './replays/replayHandlers.ts';
import type { ReplayService } from './replays/replayService.ts';
import { reviewHandlers } from './review/reviewHandlers.ts';
import type { ReviewService } from './review/reviewService.ts';
import { toRpcError } from './rpcError.ts';
import { runHandlers } from './runs/runHandlers.ts';
import type { RunsService } from './runs/runsService.ts';
import type { EpisodeStore } from './store/episodeStore.ts';

/** What the router needs; it holds no state of its own. */
export interface RouterServices {
  readonly live: LiveService;
  readonly store: EpisodeStore;
  readonly inference: Pick<InferenceService, 'status' | 'verify'>;
  readonly corpora: CorporaService;
  readonly replays: ReplayService;
  readonly review: ReviewService;
  readonly guide: GuideService;
  readonly evaluations: EvaluationService;
  readonly runs: RunsService;
  readonly environmentServer: Pick<EnvironmentServerService, 'status' | 'configure' | 'watch' | 'endSession' | 'try' | 'token'>;
  readonly info: () => SystemInfo;
  /** Is given failures whose details stay on this side. */
  readonly onUnexpected: (error: unknown) => void;
}

export type BackendRouter = Router<Contract, Record<never, never>>;

/** The contract, implemented on the services; the same for every host and transport. */
export function createRouter({
  live,
  store,
  inference,
  corpora,
  replays,
  review,
  guide,
  evaluations,
  runs,
  environmentServer,
  info,
  onUnexpected,
}: RouterServices): BackendRouter {
  const os = implement(contract).use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      throw toRpcError(error, onUnexpected);
    }
  });

  return os.router({
    system: {
      info: os.system.info.handler(() => info()),
    },
    models: {
      list: os.models.list.handler(() => inference.status()),
      verify: os.models.verify.handler(() => inference.verify()),
    },
    live: {
      snapshot: os.live.snapshot.handler(() => live.snapshot()),
      configure: os.live.configure.handler(({ input }) => live.configure(input)),
      setSpeed: os.live.setSpeed.handler(({ input }) => live.setSpeed(input.speed)),
      start: os.live.start.handler(() => live.start()),
      next: os.live.next.handler(() => live.next()),
      pause: os.live.pause.handler(() => live.pause()),
      stop: os.live.stop.handler(() => live.stop()),
      events: os.live.events.handler(({ input, signal }) => live.events(input.since, signal)),
    },
    episodes: {
      list: os.episodes.list.handler(({ input }) => store.list(input)),
      steps: os.episodes.steps.handler(({ input }) => {
        const recording = store.recording(input.id);
        if (recording === null) throw new ORPCError('NOT_FOUND', { message: 'There is no episode with this id.' });
        return recording.steps.map(({ step }) => step);
      }),
    },
    environmentServer: {
      status: os.environmentServer.status.handler(() => environmentServer.status()),
      configure: os.environmentServer.configure.handler(({ input }) => environmentServer.configure(input)),
      watch: os.environmentServer.watch.handler(({ signal }) => environmentServer.watch(signal)),
      endSession: os.environmentServer.endSession.handler(({ input }) => environmentServer.endSession(input.id)),
      try: os.environmentServer.try.handler(({ input }) => environmentServer.try(input)),
      token: os.environmentServer.token.handler(() => environmentServer.token()),
    },
    corpora: corporaHandlers(corpora),
    replays: replayHandlers(replays),
    review: reviewHandlers(review),
    guide: guideHandlers(guide),
    evaluations: evaluationHandlers(evaluations),
    runs: runHandlers(runs),
  });
}
