import type { Action } from '../../contract/actions.ts';
import type { Decision } from '../../contract/decisions.ts';
import { modelIdSchema, sha256Schema } from '../../contract/ids.ts';
import type { ModelEntry } from '../../contract/models.ts';
import type { Observation } from '../../contract/observation.ts';
import type { DecideOptions, Defender } from '../inference/defender.ts';
import { decision } from './fixtures.ts';

/** A defender whose answers a test writes down. */
export interface ScriptedDefender extends Defender {
  /** Everything it was shown, in order. */
  readonly seen: readonly Observation[];
  readonly disposed: boolean;
}

export type Script = (
  observation: Observation,
  index: number,
  options: DecideOptions,
) => Action | Partial<Decision> | Promise<Action | Partial<Decision>>;

export function scriptedDefender(id: string, script: Script): ScriptedDefender {
  const seen: Observation[] = [];
  let disposed = false;
  return {
    entry: modelEntry(id),
    seen,
    get disposed() {
      return disposed;
    },
    decide: (observations, options = {}) =>
      Promise.all(
        observations.map(async (observation) => {
          const answer = await script(observation, seen.push(observation) - 1, options);
          return typeof answer === 'string' ? decision(answer) : decision(answer.action ?? 'ALLOW', answer);
        }),
      ),
    dispose: async () => {
      disposed = true;
    },
  };
}

export function modelEntry(id: string): ModelEntry {
  return {
    id: modelIdSchema.parse(id),
    role: 'trained',
    tier: 'nano',
    architecture: 'llama',
    parameters: 1,
    file: `${id}.gguf`,
    bytes: 1,
    sha256: sha256Schema.parse('b'.repeat(64)),
    licence: 'Apache-2.0',
    source: 'a script',
    promptVersion: 'test',
    calibration: null,
  };
}
