import type { Split } from '../../../contract/episodes.ts';
import { PHASES, type Phase } from '../../../contract/observation.ts';
import { splitNamed, taskAt, type Task } from '../environments/tasks.ts';

/** The pattern of all task names; three digits, because a split has a thousand tasks. */
export const TASK_NAME = new RegExp(`^(?:demo|curriculum|${PHASES.join('|')}|(?:train|dev|validation|test)/(?:0|[1-9]\\d{0,2}))$`);
export const TASK_NAMES_IN_WORDS = `demo, curriculum, ${PHASES.join(', ')} and SPLIT/INDEX such as test/17`;

/** What a task name asks for; what it leaves open is null. */
export type NamedTask =
  | { readonly kind: 'demo'; readonly phase: Phase; readonly seed: 0 }
  /** The phase that the curriculum has reached. */
  | { readonly kind: 'curriculum' }
  | { readonly kind: 'phase'; readonly phase: Phase }
  | { readonly kind: 'task'; readonly task: Task };

/** @param name one that matches `TASK_NAME` */
export function namedTask(name: string): NamedTask {
  if (name === 'demo') return { kind: 'demo', phase: PHASES[0], seed: 0 };
  const phase = PHASES.find((candidate) => candidate === name);
  if (phase !== undefined) return { kind: 'phase', phase };
  const [split = '', index] = name.split('/');
  if (index === undefined) return { kind: 'curriculum' };
  return { kind: 'task', task: taskAt(splitNamed(split) as Split, Number(index)) };
}
