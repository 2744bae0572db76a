import { availableParallelism } from 'node:os';
import type { ModelEntry } from '../../contract/models.ts';

/** More threads than this only wait for each other on models of the sizes used here. */
const MOST_THREADS = 16;

/**
 * How many threads one evaluation may use. ggml's workers spin at a barrier after every operation, so one thread more
 * than there are cores makes an evaluation a hundred times slower; hyper-threads beyond the physical cores add nothing.
 *
 * @param parallelism logical processors this process may use (affinity and container quota respected)
 * @param mathCores physical cores fit for matrix work, as llama.cpp counts them; at least 1
 * @returns 1..16; both of two logical processors are used even if they share a core
 */
export function threadCount(parallelism: number, mathCores: number): number {
  const usable = Math.max(1, Math.floor(parallelism));
  const physical = Math.max(1, Math.floor(mathCores));
  return Math.min(MOST_THREADS, usable, Math.max(2, physical));
}

/** Logical processors this process may use. */
export function usableParallelism(): number {
  return availableParallelism();
}

/**
 * Threads for the evaluations of one model. A nano model answers within milliseconds on one; a second one gains little
 * on an idle machine and costs ten times the whole decision as soon as another program, such as the interface, wants the
 * core that a spinning worker waits for.
 *
 * @param available threads of the runtime
 * @param requested what the operator asked for, if anything
 */
export function evaluationThreads(tier: ModelEntry['tier'], available: number, requested?: number): number {
  if (requested !== undefined) return available;
  return tier === 'nano' ? 1 : available;
}
