import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DECISION_LAYOUT } from './inferenceService.ts';
import { llamaRuntime, modelOptions } from './llamaRuntime.ts';
import { PROMPT_VERSION } from './prompt/prompt.ts';
import { promptTokens } from './promptTokens.ts';

const idsSchema = z.array(z.int());
const goldenSchema = z.object({
  promptVersion: z.string(),
  prefix: idsSchema,
  tail: idsSchema,
  labels: idsSchema,
  texts: z.array(z.object({ text: z.string(), ids: idsSchema })).min(10),
});

/** The ids the training tokenizer gave; its own tests compare the same file. */
const GOLDEN = join(import.meta.dirname, 'prompt/tokens.golden.json');
const MODEL = join(import.meta.dirname, '../../../models/nano-omniguard.gguf');

let model: LlamaModel;
let golden: z.infer<typeof goldenSchema>;

beforeAll(async () => {
  golden = goldenSchema.parse(JSON.parse(await readFile(GOLDEN, 'utf8')));
  const runtime = await llamaRuntime({ gpu: false });
  model = await runtime.llama.loadModel({ modelPath: MODEL, ...modelOptions(runtime.device) });
});
afterAll(() => model.dispose());

describe('tokens of the shipped model', () => {
  it('are those of training for the trusted parts', () => {
    const { prefix, tail, labels } = promptTokens(model, DECISION_LAYOUT, 'nano-omniguard.gguf');
    expect(golden.promptVersion).toBe(PROMPT_VERSION);
    expect({ prefix, tail, labels }).toEqual({ prefix: golden.prefix, tail: golden.tail, labels: golden.labels });
  });

  it('are those of training for every untrusted text', () => {
    for (const { text, ids } of golden.texts) expect(model.tokenize(text, false), text).toEqual(ids);
  });
});
