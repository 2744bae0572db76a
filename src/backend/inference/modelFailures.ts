import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { InsufficientMemoryError, type LlamaModel } from 'node-llama-cpp';
import { InferenceError } from './inferenceError.ts';

/** The sentence for a GGUF that llama.cpp would not load. */
export function loadFailure(path: string, cause: unknown): InferenceError {
  const damaged = `llama.cpp cannot load ${basename(path)}; put a sound copy of the file in its place.`;
  return memoryFailure(path, cause) ?? new InferenceError('damaged', damaged, { cause });
}

/** How long the memory of a model that could not be used is waited for. */
const DISPOSAL_PATIENCE_MS = 2_000;

/**
 * Frees a model without a usable context. node-llama-cpp 3.22.1 waits forever when the garbage collector took a context
 * that failed to be created, so the wait is bounded.
 */
export async function disposeFailed(model: LlamaModel): Promise<void> {
  await Promise.race([model.dispose(), delay(DISPOSAL_PATIENCE_MS, undefined, { ref: false })]);
}

/** The sentence for a GGUF that loads and cannot be evaluated. */
export function evaluationFailure(path: string, cause: unknown): InferenceError {
  const unusable = `${basename(path)} loaded, but llama.cpp cannot evaluate it; choose another model.`;
  return memoryFailure(path, cause) ?? new InferenceError('incompatible', unusable, { cause });
}

function memoryFailure(path: string, cause: unknown): InferenceError | null {
  if (!(cause instanceof InsufficientMemoryError)) return null;
  const short = `${basename(path)} needs more memory than is free; close other programs or choose a smaller model.`;
  return new InferenceError('runtime', short, { cause });
}
