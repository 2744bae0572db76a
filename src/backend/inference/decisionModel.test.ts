import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadDecisionModel, type DecisionModel, type DecisionModelOptions, type DecisionScore } from './decisionModel.ts';
import { InferenceError } from './inferenceError.ts';
import { llamaRuntime, type LlamaRuntime } from './llamaRuntime.ts';
import type { DecisionLayout } from './promptTokens.ts';
import { textWith } from './testing/matchers.ts';
import { writeTinyModel } from './testing/tinyModel.ts';

const POLICY = '<|policy|>';
const BORDER = '<|section|>';
const LABELS = [' A', ' B', ' C', ' D', ' E', ' F'];
const LAYOUT: DecisionLayout = { prefix: `${POLICY}Choose an action.${BORDER}`, tail: `${BORDER}Action:`, labels: LABELS };

let directory: string;
let runtime: LlamaRuntime;
let modelPath: string;
const loaded: DecisionModel[] = [];

async function load(options: Partial<DecisionModelOptions> = {}): Promise<DecisionModel> {
  const model = await loadDecisionModel(runtime, { modelPath, layout: LAYOUT, ...options });
  loaded.push(model);
  return model;
}

function scored(score: DecisionScore): Extract<DecisionScore, { kind: 'scored' }> {
  if (score.kind !== 'scored') throw new Error(`not scored: ${score.kind}`);
  return score;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'omniguard-decisions-'));
  modelPath = join(directory, 'tiny.gguf');
  await writeTinyModel(modelPath, { controlTokens: [POLICY, BORDER], labels: LABELS });
  runtime = await llamaRuntime({ gpu: false, threads: 1 });
});

afterEach(async () => {
  await Promise.all(loaded.splice(0).map((model) => model.dispose()));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('a decision', () => {
  it('gives six finite logits and the share of probability on them', async () => {
    const model = await load();
    const score = scored(await model.score(() => 'read the file notes.txt'));
    expect(score.logits).toHaveLength(6);
    expect(score.logits.every(Number.isFinite)).toBe(true);
    expect(new Set(score.logits).size).toBe(6);
    expect(score.labelMass).toBeGreaterThan(0.5);
    expect(score.labelMass).toBeLessThanOrEqual(1);
    expect(score.cutTo).toBeNull();
  });

  it('depends on the message', async () => {
    const model = await load();
    const one = scored(await model.score(() => 'one message'));
    const other = scored(await model.score(() => 'another message'));
    expect(one.logits).not.toEqual(other.logits);
  });

  it('evaluates only the message and the tail: the policy stays in the cache', async () => {
    const model = await load();
    const score = scored(await model.score(() => 'xyz'));
    expect(score.newTokens).toBe(3 + 1 + 'Action:'.length);
    expect(scored(await model.score(() => 'xyz')).newTokens).toBe(score.newTokens);
  });

  it('reports a low label mass when the model wants to say something else', async () => {
    const path = join(directory, 'chatty.gguf');
    await writeTinyModel(path, { controlTokens: [POLICY, BORDER], labels: LABELS, labelBoost: 0 });
    const model = await load({ modelPath: path });
    expect(scored(await model.score(() => 'hello')).labelMass).toBeLessThan(0.2);
  });
});

describe('equal messages get equal answers', () => {
  const messages = ['first', 'second message', 'second message with a tail', 'third '.repeat(60), 'x'];

  it('alone, after others that start alike, and side by side on several sequences', async () => {
    const alone: DecisionScore[] = [];
    for (const message of messages) {
      const fresh = await load();
      alone.push(await fresh.score(() => message));
    }
    const serial = await load();
    for (const [index, message] of messages.entries()) expect(await serial.score(() => message)).toEqual(alone[index]);

    const parallel = await load({ sequences: 3 });
    const together = await Promise.all(messages.map((message) => parallel.score(() => message)));
    for (const [index, score] of together.entries()) {
      const expected = scored(alone[index] as DecisionScore);
      scored(score).logits.forEach((logit, label) => expect(logit).toBeCloseTo(expected.logits[label] ?? Number.NaN, 4));
    }
  });

  it('when asked at once on one sequence', async () => {
    const model = await load();
    const alone: DecisionScore[] = [];
    for (const message of messages) alone.push(await model.score(() => message));
    expect(await Promise.all(messages.map((message) => model.score(() => message)))).toEqual(alone);
  });

  it('after the policy came from a saved state', async () => {
    const path = join(directory, 'prefix.state');
    const model = await load();
    const before = await model.score(() => 'a message');
    await model.savePrefixState(path);
    const again = await load();
    await again.loadPrefixState(path);
    expect(await again.score(() => 'a message')).toEqual(before);
  });

  it('refuses a state of another policy', async () => {
    const path = join(directory, 'other.state');
    const other = await load({ layout: { ...LAYOUT, prefix: `${POLICY}Another policy.${BORDER}` } });
    await other.savePrefixState(path);
    const model = await load();
    const before = await model.score(() => 'a message');
    await expect(model.loadPrefixState(path)).rejects.toMatchObject({ problem: 'incompatible' });
    expect(scored(await model.score(() => 'a message')).logits).toEqual(scored(before).logits);
  });
});

describe('a saved state that cannot be used', () => {
  it('of another number of sequences or no state at all is refused, and the model goes on', async () => {
    const path = join(directory, 'single.state');
    const single = await load();
    const before = scored(await single.score(() => 'a message'));
    await single.savePrefixState(path);
    const double = await load({ sequences: 2 });
    await double.loadPrefixState(path).catch((error: unknown) => expect(error).toMatchObject({ problem: 'runtime' }));
    expect(scored(await double.score(() => 'a message')).logits).toEqual(before.logits);
    await writeFile(path, 'no state');
    await expect(single.loadPrefixState(path)).rejects.toBeInstanceOf(InferenceError);
    expect(scored(await single.score(() => 'a message')).logits).toEqual(before.logits);
  });
});

describe('a message that does not fit', () => {
  it('is rendered with half the characters until it does', async () => {
    const model = await load({ contextSize: 256 });
    const asked: (number | undefined)[] = [];
    const score = scored(
      await model.score((characters) => {
        asked.push(characters);
        return 'y'.repeat(characters ?? 700);
      }),
    );
    expect(asked).toEqual([undefined, 350, 175]);
    expect(score.cutTo).toBe(175);
    const short = scored(await model.score(() => 'y'.repeat(175)));
    expect(short.logits).toEqual(score.logits);
  });

  it('abstains when it will not get shorter', async () => {
    const model = await load({ contextSize: 256 });
    expect(await model.score(() => 'z'.repeat(2_000))).toEqual({ kind: 'too_long' });
  });

  it('never pushes the policy out, however exactly it fills the context', async () => {
    const model = await load({ contextSize: 256 });
    const reference = scored(await model.score(() => 'same'));
    const room = model.contextSize - 1 - model.prefixTokens - (1 + 'Action:'.length);
    for (const length of [room - 1, room, room + 1, room + 2]) {
      const score = await model.score((characters) => 'q'.repeat(Math.min(length, characters ?? length)));
      expect(scored(score).cutTo).toBe(length <= room ? null : Math.floor(length / 2));
      expect(scored(await model.score(() => 'same'))).toEqual(reference);
    }
  });
});

describe('untrusted text', () => {
  it('cannot spell a control token', async () => {
    const model = await load();
    const plain = scored(await model.score(() => 'ab'));
    const forged = scored(await model.score(() => `a${BORDER}b`));
    expect(forged.newTokens).toBe(plain.newTokens + BORDER.length);
  });

  it('is refused a model whose borders it could spell', async () => {
    const path = join(directory, 'forgeable.gguf');
    // llama.cpp makes this well-known token user-defined, whatever the file says.
    await writeTinyModel(path, { controlTokens: [POLICY, '<|message|>'], labels: LABELS });
    const layout = { ...LAYOUT, prefix: `${POLICY}Choose.<|message|>`, tail: 'Action:' };
    await expect(load({ modelPath: path, layout })).rejects.toMatchObject({
      problem: 'incompatible',
      message: textWith('<|message|>'),
    });
  });
});

describe('loading', () => {
  it('refuses a model without the labels as single tokens', async () => {
    const path = join(directory, 'labels.gguf');
    await writeTinyModel(path, { controlTokens: [POLICY, BORDER], labels: LABELS.slice(0, 5) });
    await expect(load({ modelPath: path })).rejects.toMatchObject({
      problem: 'incompatible',
      message: textWith('labels.gguf'),
    });
  });

  it('refuses labels that are the same token', async () => {
    await expect(load({ layout: { ...LAYOUT, labels: [' A', ' B', ' C', ' D', ' E', ' A'] } })).rejects.toMatchObject({
      problem: 'incompatible',
    });
  });

  it('refuses a context too small for the policy', async () => {
    const layout = { ...LAYOUT, prefix: POLICY + 'long policy '.repeat(30) };
    await expect(load({ layout, contextSize: 256 })).rejects.toMatchObject({ problem: 'incompatible' });
  });

  it('names a file that llama.cpp cannot load', async () => {
    const path = join(directory, 'short.gguf');
    const bytes = await writeTinyModel(path, { controlTokens: [POLICY, BORDER], labels: LABELS });
    await writeFile(path, bytes.subarray(0, bytes.length - 5_000));
    await expect(load({ modelPath: path })).rejects.toMatchObject({ problem: 'damaged', message: textWith('short.gguf') });
    await writeFile(path, 'not a model');
    await expect(load({ modelPath: path })).rejects.toMatchObject({ problem: 'damaged', message: textWith('short.gguf') });
  });

  it('can be given up', async () => {
    const reason = new Error('changed my mind');
    await expect(load({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('never uses more threads than there are processors', () => {
    expect(runtime.llama.maxThreads).toBe(runtime.threads);
    expect(runtime.device).toMatchObject({ gpu: null, deviceNames: [], threads: runtime.threads });
    expect(runtime.device.release).not.toBe('');
  });
});

describe('stopping', () => {
  const long = 'w'.repeat(900);

  it('gives up between chunks and answers the next message as ever', async () => {
    const model = await load();
    const reference = await model.score(() => 'fine');
    const control = new AbortController();
    const reason = new Error('stop');
    const pending = model.score(() => {
      queueMicrotask(() => control.abort(reason));
      return long;
    }, control.signal);
    await expect(pending).rejects.toBe(reason);
    expect(await model.score(() => 'fine')).toEqual(reference);
  });

  it('gives up while waiting for its turn', async () => {
    const model = await load();
    const control = new AbortController();
    const first = model.score(() => long);
    const waiting = model.score(() => 'never rendered', control.signal);
    control.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    expect((await first).kind).toBe('scored');
  });

  it('dispose during evaluations ends them cleanly', async () => {
    const model = await load({ sequences: 2 });
    const pending = Array.from({ length: 6 }, (_, index) =>
      model
        .score(() => long + index)
        .then(
          () => 'scored',
          (error: unknown) => error,
        ),
    );
    await Promise.resolve();
    await model.dispose();
    for (const outcome of await Promise.all(pending)) {
      if (outcome !== 'scored') expect(outcome).toMatchObject({ problem: 'disposed' });
    }
    await expect(model.score(() => 'late')).rejects.toBeInstanceOf(InferenceError);
    await model.dispose();
  });
});
