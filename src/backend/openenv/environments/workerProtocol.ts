import type { JsonObject } from '../../../contract/json.ts';
import type { StepAction } from '../wire/action.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';
import type { EnvironmentReply } from './reply.ts';
import type { ResultOutcome, ResultShare } from './resultBatch.ts';
import type { ToolDescription } from './tools/tool.ts';

/** Number of an environment within its pool; never used twice. */
export type EnvironmentKey = number;

/** One call on one environment. An environment exists from its first call on until it is closed. */
export type EnvironmentCall =
  /** `ignored`: names of arguments that the caller sent and the environment does not know; the reply tells them. */
  | { readonly type: 'reset'; readonly key: EnvironmentKey; readonly start: EpisodeStart; readonly ignored?: readonly string[] }
  | { readonly type: 'step'; readonly key: EnvironmentKey; readonly action: StepAction }
  | { readonly type: 'state'; readonly key: EnvironmentKey }
  /** What the environment shows now, without playing; `null` before its first episode. */
  | { readonly type: 'observation'; readonly key: EnvironmentKey }
  | { readonly type: 'tool'; readonly key: EnvironmentKey; readonly name: string; readonly arguments: JsonObject }
  | { readonly type: 'close'; readonly key: EnvironmentKey };

export interface WorkerRequest {
  readonly id: number;
  readonly calls: readonly EnvironmentCall[];
  /** Set when the replies, of resets and steps only, are to be written as results of a batch: the number of each environment there. */
  readonly envIds?: readonly number[];
}

export type WorkerMessage =
  | {
      readonly type: 'ready';
      readonly corpus: { readonly sha256: string; readonly servers: number; readonly tools: number };
      readonly tools: readonly ToolDescription[];
    }
  | { readonly type: 'replies'; readonly id: number; readonly replies: readonly EnvironmentReply[] }
  | { readonly type: 'results'; readonly id: number; readonly outcomes: readonly ResultOutcome[]; readonly share: ResultShare }
  /** The worker cannot start; `message` is one sentence. */
  | { readonly type: 'unusable'; readonly message: string };

export interface EnvironmentWorkerData {
  /** Folder of the bundled corpus. */
  readonly corpusDir: string;
}
