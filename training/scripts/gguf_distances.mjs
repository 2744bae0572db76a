// Embeds pairs of texts through llama.cpp, for the comparison with the trained weights.
// Usage: node gguf_distances.mjs MODEL.gguf MAX_TOKENS < pairs.jsonl ; each input line is a JSON array of two strings, each
// output line {ids, distance}: token ids of both texts, cut to MAX_TOKENS, and the cosine distance of their mean-pooled states.
import { createInterface } from 'node:readline';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [, , modelPath, maxTokens] = process.argv;
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath, metadataOverrides: { llama: { pooling_type: 1 } } });
const context = await model.createEmbeddingContext({ contextSize: 512, batchSize: 512, threads: 1 });

async function direction(ids) {
  const { vector } = await context.getEmbeddingFor(ids);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

for await (const line of createInterface({ input: process.stdin })) {
  const ids = JSON.parse(line).map((text) => [...model.tokenize(text, false).slice(0, Number(maxTokens))]);
  const [reference, candidate] = [await direction(ids[0]), await direction(ids[1])];
  const distance = 1 - reference.reduce((sum, value, index) => sum + value * candidate[index], 0);
  process.stdout.write(`${JSON.stringify({ ids, distance })}\n`);
}
await context.dispose();
await model.dispose();
await llama.dispose();
