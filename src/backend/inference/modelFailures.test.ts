import { InsufficientMemoryError, type LlamaModel } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { disposeFailed, evaluationFailure, loadFailure } from './modelFailures.ts';

describe('failures of llama.cpp', () => {
  it('become one sentence that names the file, not its place, and keeps the cause', () => {
    const cause = new Error('Failed to load model');
    expect(loadFailure('/home/ana/models/nano.gguf', cause)).toMatchObject({
      problem: 'damaged',
      message: 'llama.cpp cannot load nano.gguf; put a sound copy of the file in its place.',
      cause,
    });
    expect(evaluationFailure('nano.gguf', cause)).toMatchObject({ problem: 'incompatible', cause });
  });

  it('for want of memory say so', () => {
    const cause = new InsufficientMemoryError('not enough');
    for (const failure of [loadFailure('nano.gguf', cause), evaluationFailure('nano.gguf', cause)]) {
      expect(failure.problem).toBe('runtime');
      expect(failure.message).toContain('nano.gguf needs more memory');
    }
  });

  it('never hold anyone up with a disposal that does not end', async () => {
    const stuck = { dispose: () => new Promise<void>(() => undefined) } as unknown as LlamaModel;
    await disposeFailed(stuck);
  });
});
