import { describe, expect, it } from 'vitest';
import { llamaRuntime, modelOptions } from './llamaRuntime.ts';
import { usableParallelism } from './threads.ts';

describe('llamaRuntime', () => {
  it('starts once in a process, on the CPU when told so, with no more threads than processors', async () => {
    const [first, second] = await Promise.all([llamaRuntime({ gpu: false, threads: 1_000 }), llamaRuntime({ gpu: false })]);
    expect(second).toBe(first);
    expect(first.threads).toBe(usableParallelism());
    expect(first.llama.maxThreads).toBe(first.threads);
    expect(first.device).toEqual({ gpu: null, deviceNames: [], threads: first.threads, release: first.llama.llamaCppRelease.release });
  });

  it('refuses another GPU setting', async () => {
    await llamaRuntime({ gpu: false });
    await expect(llamaRuntime({ gpu: 'auto' })).rejects.toMatchObject({ problem: 'runtime' });
  });
});

describe('modelOptions', () => {
  const device = { deviceNames: [], threads: 2, release: 'b1' };

  it('keeps flash attention off on the CPU, where short prompts would crawl', () => {
    expect(modelOptions({ ...device, gpu: null })).toEqual({ gpuLayers: 0, defaultContextFlashAttention: false });
    expect(modelOptions({ ...device, gpu: 'cuda' })).toEqual({ gpuLayers: 'auto', defaultContextFlashAttention: 'auto' });
  });
});
