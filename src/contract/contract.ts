import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import { corporaProcedures } from './corporaProcedures.ts';
import {
  serverSettingsSchema,
  sessionIdSchema,
  tryRequestSchema,
  type EnvironmentServerStatus,
  type TryResponse,
} from './environmentServer.ts';
import { evaluationProcedures } from './evaluationProcedures.ts';
import { guideProcedures } from './guideProcedures.ts';
import { episodeIdSchema } from './ids.ts';
import { episodeQuerySchema, liveScopeSchema, type LaneStep, type LiveBatch, type LiveSnapshot, type StoredEpisode } from './live.ts';
import { modelStatusSchema } from './models.ts';
import { replayProcedures } from './replayProcedures.ts';
import { reviewProcedures } from './reviewProcedures.ts';
import { runProcedures } from './runProcedures.ts';
import { systemInfoSchema } from './system.ts';

/** Errors a person can act on. `message` is one clear sentence without paths of the machine's user. */
const base = oc.errors({
  INVALID_STATE: { message: 'Not possible in the present state.' },
  MODEL_UNAVAILABLE: { message: 'The model is not available.' },
  STORE_UNAVAILABLE: { message: 'The episode store is not available.' },
  NOT_FOUND: { message: 'Not found.' },
  UNREADABLE: { message: 'The file cannot be read.' },
});

/**
 * All that crosses between the interface and the backend. Outputs that are built by
 * our own backend are typed with `type<T>()`; inputs are always parsed.
 */
export const contract = {
  system: {
    info: base.output(systemInfoSchema),
  },
  models: {
    list: base.output(z.array(modelStatusSchema)),
    /** Hashes each file against the manifest. */
    verify: base.output(z.array(modelStatusSchema)),
  },
  live: {
    snapshot: base.output(type<LiveSnapshot>()),
    /** Sets the scope; only while idle or failed. */
    configure: base.input(liveScopeSchema).output(type<LiveSnapshot>()),
    /** Changes the pace at any time. */
    setSpeed: base.input(z.strictObject({ speed: liveScopeSchema.shape.speed })).output(z.void()),
    /** Starts or resumes. */
    start: base.output(z.void()),
    /** Plays one message in both lanes, then pauses. */
    next: base.output(z.void()),
    pause: base.output(z.void()),
    /** Ends the comparison after the step in flight; totals reset with the next start. */
    stop: base.output(z.void()),
    /** Batches of events after `since`, until the client closes the stream. */
    events: base.input(z.strictObject({ since: z.int().min(0) })).output(eventIterator(type<LiveBatch>())),
  },
  episodes: {
    list: base.input(episodeQuerySchema).output(type<readonly StoredEpisode[]>()),
    steps: base.input(z.strictObject({ id: episodeIdSchema })).output(type<readonly LaneStep[]>()),
  },
  corpora: corporaProcedures,
  replays: replayProcedures,
  review: reviewProcedures,
  guide: guideProcedures,
  evaluations: evaluationProcedures,
  runs: runProcedures,
  environmentServer: {
    status: base.output(type<EnvironmentServerStatus>()),
    /** Stores the settings and starts, stops or restarts the server to fit them; answers once that is done. */
    configure: base.input(serverSettingsSchema).output(type<EnvironmentServerStatus>()),
    /** The status once a second and whenever it changes, until the client closes the stream. */
    watch: base.output(eventIterator(type<EnvironmentServerStatus>())),
    /** NOT_FOUND when there is no such session. */
    endSession: base.input(z.strictObject({ id: sessionIdSchema })).output(z.void()),
    /** INVALID_STATE while the server is off. */
    try: base.input(tryRequestSchema).output(type<TryResponse>()),
    /** The token that requests must show; null when they need none. */
    token: base.output(z.string().nullable()),
  },
} as const;
export type Contract = typeof contract;
