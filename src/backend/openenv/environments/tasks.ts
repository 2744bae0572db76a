import type { Split } from '../../../contract/episodes.ts';
import { PHASES, type Phase } from '../../../contract/observation.ts';
import { randomFrom } from '../../../engine/random/random.ts';

/** Tasks of each split; a task is one episode, always the same. */
export const TASKS_PER_SPLIT = 1_000;

/** One task as the Task API tells it. */
export interface Task {
  /** `test/17` */
  readonly id: string;
  readonly split: Split;
  /** 0..TASKS_PER_SPLIT-1 */
  readonly index: number;
  readonly seed: number;
  readonly phase: Phase;
  readonly difficulty: 'easy' | 'medium' | 'hard';
}

const DIFFICULTY: { readonly [P in Phase]: Task['difficulty'] } = {
  bootstrapping: 'easy',
  evasion_obfuscation: 'medium',
  chained_exploitation: 'hard',
};

/** Task `index` of a split; the phases take turns, so any range mixes them evenly. */
export function taskAt(split: Split, index: number): Task {
  const phase = PHASES[index % PHASES.length] as Phase;
  const seed = randomFrom(index, 'task', split).int(4_294_967_296);
  return { id: `${split}/${index}`, split, index, seed, phase, difficulty: DIFFICULTY[phase] };
}

/** The engine's split for a name on the wire: the Task API says `validation` where the corpus says `dev`. */
export function splitNamed(name: string): Split | null {
  switch (name.toLowerCase()) {
    case 'train':
      return 'train';
    case 'dev':
    case 'validation':
      return 'dev';
    case 'test':
      return 'test';
    default:
      return null;
  }
}
