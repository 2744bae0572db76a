import { availableParallelism } from 'node:os';

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
