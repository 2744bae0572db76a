// Answers prompts through llama.cpp, for the comparison with the trained weights.
// Usage: node gguf_answers.mjs MODEL.gguf LAYOUT.json < bodies.jsonl ; each input line is a JSON string (a body), each output line
// {ids, logits, mass}: token ids of the whole prompt, the six label logits, and the labels' share of the vocabulary.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [, , modelPath, layoutPath] = process.argv;
const layout = JSON.parse(readFileSync(layoutPath, 'utf8'));
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ sequences: 1, contextSize: 1024, threads: 1, flashAttention: false });
const sequence = context.getSequence();
const labels = ['A', 'B', 'C', 'D', 'E', 'F'].map((letter) => model.tokenize(layout.labelPrefix + letter, false));
if (labels.some((tokens) => tokens.length !== 1)) throw new Error('a label is not one token');
const labelTokens = labels.map(([token]) => token);
const prefix = model.tokenize(layout.prefix, true);
const tail = model.tokenize(layout.tail, true);

for await (const line of createInterface({ input: process.stdin })) {
  const ids = [...prefix, ...model.tokenize(JSON.parse(line), false), ...tail];
  if (ids.length > 1000) {
    process.stdout.write(`${JSON.stringify({ ids, logits: null, mass: null })}\n`);
    continue;
  }
  const last = ids.at(-1);
  await sequence.adaptStateToTokens(ids.slice(0, -1), false);
  const rest = ids.slice(sequence.nextTokenIndex, -1);
  const options = { generateNext: { logits: { filter: { tokens: labelTokens, includeSelected: true } }, totalLogitWeight: true } };
  const answers = await sequence.controlledEvaluate([...rest, [last, options]]);
  const next = answers.at(-1).next;
  const logits = labelTokens.map((token) => next.logits.get(token));
  const highest = Math.max(...next.logits.values());
  const mass = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0) / next.totalLogitWeight;
  process.stdout.write(`${JSON.stringify({ ids, logits, mass })}\n`);
}
await context.dispose();
await model.dispose();
await llama.dispose();
