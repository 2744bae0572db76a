import { getLlama, LlamaLogLevel, NoBinaryFoundError, type Llama, type LlamaModelOptions } from 'node-llama-cpp';
import type { InferenceDevice } from '../../contract/models.ts';
import { InferenceError } from './inferenceError.ts';
import { threadCount, usableParallelism } from './threads.ts';

export type GpuChoice = 'auto' | false;

export interface LlamaRuntimeOptions {
  /** `auto` takes the best GPU there is, `false` stays on the CPU. */
  readonly gpu: GpuChoice;
  /** Overrides the number of threads; never more than the processors this process may use. */
  readonly threads?: number;
  /** Receives warnings and errors of llama.cpp. */
  readonly onLog?: (level: 'warn' | 'error', message: string) => void;
}

/** node-llama-cpp as this process uses it. */
export interface LlamaRuntime {
  readonly llama: Llama;
  readonly threads: number;
  readonly device: InferenceDevice;
}

/** One per process: backends, thread pools and memory accounting of llama.cpp are process-wide. */
let started: { readonly gpu: GpuChoice; readonly runtime: Promise<LlamaRuntime> } | null = null;

/**
 * Starts node-llama-cpp, or gives the one already started in this process. It lives as long as the process and frees
 * itself at its end: after a failed model load, `Llama.dispose()` of node-llama-cpp 3.22.1 may wait forever for a handle
 * that the garbage collector took with the failed model.
 *
 * @throws InferenceError `runtime` when no binary fits this machine, or when it already runs with another GPU choice
 */
export async function llamaRuntime(options: LlamaRuntimeOptions): Promise<LlamaRuntime> {
  if (started !== null && started.gpu !== options.gpu) {
    throw new InferenceError(
      'runtime',
      'The inference runtime already runs with another GPU setting; restart the application to change it.',
    );
  }
  const mine = started ?? { gpu: options.gpu, runtime: start(options) };
  started = mine;
  try {
    return await mine.runtime;
  } catch (error) {
    if (started === mine) started = null;
    throw error;
  }
}

async function start(options: LlamaRuntimeOptions): Promise<LlamaRuntime> {
  const parallelism = usableParallelism();
  let llama: Llama;
  try {
    llama = await getLlama({
      gpu: options.gpu,
      build: 'never',
      progressLogs: false,
      maxThreads: threadCount(parallelism, parallelism),
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => options.onLog?.(level === LlamaLogLevel.warn ? 'warn' : 'error', message.trim()),
    });
  } catch (error) {
    const reason = error instanceof NoBinaryFoundError ? 'there is no prebuilt binary for this machine' : 'its binary does not load here';
    throw new InferenceError('runtime', `node-llama-cpp did not start: ${reason}; reinstall the application's packages.`, { cause: error });
  }
  const threads =
    options.threads === undefined
      ? threadCount(parallelism, llama.cpuMathCores)
      : Math.min(Math.max(1, Math.floor(options.threads)), parallelism);
  llama.maxThreads = threads;
  return {
    llama,
    threads,
    device: {
      gpu: llama.gpu === false ? null : llama.gpu,
      deviceNames: llama.gpu === false ? [] : await llama.getGpuDeviceNames(),
      threads,
      release: llama.llamaCppRelease.release,
    },
  };
}

/**
 * Options that every model of this runtime is loaded with. Flash attention stays off on the CPU: below 64 tokens its
 * kernel works row by row, which makes a decision of 48 new tokens seven times slower, and above it gains little.
 */
export function modelOptions(device: InferenceDevice): Pick<LlamaModelOptions, 'gpuLayers' | 'defaultContextFlashAttention'> {
  return device.gpu === null
    ? { gpuLayers: 0, defaultContextFlashAttention: false }
    : { gpuLayers: 'auto', defaultContextFlashAttention: 'auto' };
}
