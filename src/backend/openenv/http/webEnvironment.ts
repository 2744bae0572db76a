import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import type { EnvironmentHandle, EnvironmentPool, HandleCall } from '../environments/environmentPool.ts';
import type { EnvironmentReply } from '../environments/reply.ts';
import type { ServerTelemetry } from '../server/services.ts';
import type { StepAction } from '../wire/action.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';

/** Most decisions of one episode that are shown. */
const MOST_LOGS = 1_000;

interface ActionLog {
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly action: JsonObject;
  readonly observation: JsonValue;
  readonly reward: JsonValue;
  readonly done: JsonValue;
  readonly step_count: number;
}

/** What everyone who watches is told after each change. */
export interface StateUpdate {
  readonly type: 'state_update';
  readonly episode_state: {
    readonly episode_id: JsonValue;
    readonly step_count: number;
    readonly current_observation: JsonValue;
    readonly action_logs: readonly ActionLog[];
    readonly is_reset: boolean;
  };
}

/** The one environment that all windows of the web interface share. Takes no slot of the sessions. */
export class WebEnvironment {
  private readonly pool: EnvironmentPool;
  private readonly telemetry: ServerTelemetry;
  private readonly watchers = new Set<(update: StateUpdate) => void>();
  private handle: EnvironmentHandle | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private episode: StateUpdate['episode_state'] = {
    episode_id: null,
    step_count: 0,
    current_observation: null,
    action_logs: [],
    is_reset: true,
  };

  constructor(pool: EnvironmentPool, telemetry: ServerTelemetry) {
    this.pool = pool;
    this.telemetry = telemetry;
  }

  reset(start: EpisodeStart, ignored: readonly string[]): Promise<EnvironmentReply> {
    return this.inTurn(async () => {
      const reply = await this.call({ type: 'reset', start, ignored });
      if (!reply.ok) return reply;
      const { observation } = JSON.parse(reply.json) as JsonObject;
      this.tell({ episode_id: start.episodeId, step_count: 0, current_observation: observation ?? null, action_logs: [], is_reset: true });
      return reply;
    });
  }

  step(action: StepAction): Promise<EnvironmentReply> {
    return this.inTurn(async () => {
      const reply = await this.call({ type: 'step', action });
      if (!reply.ok) return reply;
      if (reply.facts !== null) this.telemetry.steps([reply.facts]);
      const { observation = null, reward = null, done = null, metadata } = JSON.parse(reply.json) as JsonObject;
      const step_count = this.episode.step_count + 1;
      const log: ActionLog = { timestamp: new Date().toISOString(), action, observation, reward, done, step_count };
      this.tell({
        episode_id: (metadata as JsonObject | undefined)?.['episode_id'] ?? this.episode.episode_id,
        step_count,
        current_observation: observation,
        action_logs: [...this.episode.action_logs, log].slice(-MOST_LOGS),
        is_reset: false,
      });
      return reply;
    });
  }

  state(): Promise<EnvironmentReply> {
    return this.inTurn(() => this.call({ type: 'state' }));
  }

  /** Tells how things stand, now and after every change. @returns what ends it */
  watch(watcher: (update: StateUpdate) => void): () => void {
    this.watchers.add(watcher);
    watcher({ type: 'state_update', episode_state: this.episode });
    return () => this.watchers.delete(watcher);
  }

  private call(call: HandleCall): Promise<EnvironmentReply> {
    return this.pool.call((this.handle ??= this.pool.open()), call);
  }

  private tell(episode: StateUpdate['episode_state']): void {
    this.episode = episode;
    for (const watcher of this.watchers) watcher({ type: 'state_update', episode_state: episode });
  }

  private inTurn(work: () => Promise<EnvironmentReply>): Promise<EnvironmentReply> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }
}
