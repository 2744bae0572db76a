import { writeFile } from 'node:fs/promises';
import { randomFrom, type Random } from '../../../engine/random/random.ts';
import { encodeGguf, type GgufTensor, type GgufValue } from './ggufWriter.ts';

export interface TinyModelOptions {
  readonly seed?: number;
  /** Control tokens, e.g. the section borders of the prompt layout. */
  readonly controlTokens?: readonly string[];
  /** Texts that must be one token each, with their leading space. */
  readonly labels?: readonly string[];
  /** Raises (or, negative, lowers) the logit of each label token alike: decides how much probability lies on the labels. */
  readonly labelBoost?: number;
  /** Tokens the model claims to have been trained on. */
  readonly contextLength?: number;
  readonly architecture?: string;
}

const EMBEDDING = 64;
const HEADS = 4;
const KV_HEADS = 2;
const FEED_FORWARD = 128;
const LAYERS = 2;
const NORMAL_TOKEN = 1;
const CONTROL_TOKEN = 3;

/** GPT-2's reversible map from bytes to printable characters, which byte-level BPE vocabularies are written in. */
function byteCharacters(): string[] {
  const printable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : 256 + moved++));
}

interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly merges: readonly string[];
  readonly labelIds: readonly number[];
}

function vocabulary(controlTokens: readonly string[], labels: readonly string[]): Vocabulary {
  const characters = byteCharacters();
  const encode = (text: string): string => [...Buffer.from(text, 'utf8')].map((byte) => characters[byte] ?? '').join('');
  const tokens = ['<|endoftext|>', ...controlTokens];
  const types = tokens.map(() => CONTROL_TOKEN);
  for (const character of characters) {
    tokens.push(character);
    types.push(NORMAL_TOKEN);
  }
  const merges: string[] = [];
  const labelIds = labels.map((label) => {
    const encoded = encode(label);
    merges.push(`${encoded.slice(0, 1)} ${encoded.slice(1)}`);
    types.push(NORMAL_TOKEN);
    return tokens.push(encoded) - 1;
  });
  return { tokens, types, merges, labelIds };
}

/** Approximately normal: the sum of four uniforms, scaled to the wanted standard deviation. */
function noise(random: Random, length: number, deviation: number): Float32Array {
  const scale = deviation / Math.sqrt(4 / 12);
  return Float32Array.from({ length }, () => (random.next() + random.next() + random.next() + random.next() - 2) * scale);
}

/**
 * The bytes of a two-layer Llama with seeded random weights and a byte-level BPE
 * tokenizer. It knows nothing, but it is a real model: its answers depend on every token.
 */
export function encodeTinyModel(options: TinyModelOptions = {}): Buffer {
  const {
    seed = 1,
    controlTokens = [],
    labels = [' A', ' B', ' C', ' D', ' E', ' F'],
    labelBoost = 8,
    contextLength = 1024,
    architecture = 'llama',
  } = options;
  const words = vocabulary(controlTokens, labels);
  const random = (name: string): Random => randomFrom(seed, 'tiny-model', name);
  const matrix = (name: string, input: number, output: number, deviation = 1 / Math.sqrt(input)): GgufTensor => ({
    name,
    shape: [input, output],
    data: noise(random(name), input * output, deviation),
  });
  const ones = (name: string): GgufTensor => ({ name, shape: [EMBEDDING], data: new Float32Array(EMBEDDING).fill(1) });

  // Dimension 0 is large in every embedding, so that `labelBoost` acts the same on any input.
  const embedding = matrix('token_embd.weight', EMBEDDING, words.tokens.length, 1);
  const output = matrix('output.weight', EMBEDDING, words.tokens.length, 0.2);
  for (let id = 0; id < words.tokens.length; id++) {
    embedding.data[id * EMBEDDING] = 8;
    output.data[id * EMBEDDING] = 0;
  }
  for (const id of words.labelIds) output.data[id * EMBEDDING] = labelBoost / 5;

  const headSize = EMBEDDING / HEADS;
  const tensors: GgufTensor[] = [embedding];
  for (let layer = 0; layer < LAYERS; layer++) {
    tensors.push(
      ones(`blk.${layer}.attn_norm.weight`),
      matrix(`blk.${layer}.attn_q.weight`, EMBEDDING, EMBEDDING),
      matrix(`blk.${layer}.attn_k.weight`, EMBEDDING, headSize * KV_HEADS),
      matrix(`blk.${layer}.attn_v.weight`, EMBEDDING, headSize * KV_HEADS),
      matrix(`blk.${layer}.attn_output.weight`, EMBEDDING, EMBEDDING),
      ones(`blk.${layer}.ffn_norm.weight`),
      matrix(`blk.${layer}.ffn_gate.weight`, EMBEDDING, FEED_FORWARD),
      matrix(`blk.${layer}.ffn_down.weight`, FEED_FORWARD, EMBEDDING),
      matrix(`blk.${layer}.ffn_up.weight`, EMBEDDING, FEED_FORWARD),
    );
  }
  tensors.push(ones('output_norm.weight'), output);

  const arch = (key: string): string => `${architecture}.${key}`;
  const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
  return encodeGguf(
    {
      'general.architecture': { type: 'string', value: architecture },
      'general.name': { type: 'string', value: 'tiny test model' },
      'general.file_type': uint32(0),
      [arch('context_length')]: uint32(contextLength),
      [arch('embedding_length')]: uint32(EMBEDDING),
      [arch('block_count')]: uint32(LAYERS),
      [arch('feed_forward_length')]: uint32(FEED_FORWARD),
      [arch('attention.head_count')]: uint32(HEADS),
      [arch('attention.head_count_kv')]: uint32(KV_HEADS),
      [arch('attention.layer_norm_rms_epsilon')]: { type: 'float32', value: 1e-5 },
      [arch('rope.dimension_count')]: uint32(headSize),
      [arch('rope.freq_base')]: { type: 'float32', value: 10_000 },
      [arch('vocab_size')]: uint32(words.tokens.length),
      'tokenizer.ggml.model': { type: 'string', value: 'gpt2' },
      'tokenizer.ggml.pre': { type: 'string', value: 'gpt-2' },
      'tokenizer.ggml.tokens': { type: 'strings', value: words.tokens },
      'tokenizer.ggml.token_type': { type: 'int32s', value: words.types },
      'tokenizer.ggml.merges': { type: 'strings', value: words.merges },
      'tokenizer.ggml.bos_token_id': uint32(0),
      'tokenizer.ggml.eos_token_id': uint32(0),
      'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    },
    tensors,
  );
}

/** Writes the model to `path` and returns its bytes. */
export async function writeTinyModel(path: string, options: TinyModelOptions = {}): Promise<Buffer> {
  const bytes = encodeTinyModel(options);
  await writeFile(path, bytes);
  return bytes;
}
