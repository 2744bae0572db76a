/**
 * Writes GGUF version 3 files with F32 tensors: just enough of the format to make
 * model fixtures for tests. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export type GgufValue =
  | { readonly type: 'uint32'; readonly value: number }
  | { readonly type: 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s'; readonly value: readonly number[] };

export interface GgufTensor {
  readonly name: string;
  /** Fastest-varying dimension first, as ggml counts them. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const ALIGNMENT = 32;
const TYPE_IDS = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const F32 = 0;

class ByteWriter {
  readonly #chunks: Buffer[] = [];
  length = 0;

  bytes(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  uint32(value: number): void {
    const chunk = Buffer.alloc(4);
    chunk.writeUInt32LE(value);
    this.bytes(chunk);
  }

  int32(value: number): void {
    const chunk = Buffer.alloc(4);
    chunk.writeInt32LE(value);
    this.bytes(chunk);
  }

  uint64(value: number): void {
    const chunk = Buffer.alloc(8);
    chunk.writeBigUInt64LE(BigInt(value));
    this.bytes(chunk);
  }

  float32(value: number): void {
    const chunk = Buffer.alloc(4);
    chunk.writeFloatLE(value);
    this.bytes(chunk);
  }

  string(value: string): void {
    const text = Buffer.from(value, 'utf8');
    this.uint64(text.length);
    this.bytes(text);
  }

  pad(alignment: number): void {
    this.bytes(Buffer.alloc((alignment - (this.length % alignment)) % alignment));
  }

  concat(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

function writeValue(writer: ByteWriter, entry: GgufValue): void {
  switch (entry.type) {
    case 'uint32':
      writer.uint32(TYPE_IDS.uint32);
      writer.uint32(entry.value);
      return;
    case 'float32':
      writer.uint32(TYPE_IDS.float32);
      writer.float32(entry.value);
      return;
    case 'bool':
      writer.uint32(TYPE_IDS.bool);
      writer.bytes(Buffer.from([entry.value ? 1 : 0]));
      return;
    case 'string':
      writer.uint32(TYPE_IDS.string);
      writer.string(entry.value);
      return;
    case 'strings':
      writer.uint32(TYPE_IDS.array);
      writer.uint32(TYPE_IDS.string);
      writer.uint64(entry.value.length);
      for (const text of entry.value) writer.string(text);
      return;
    case 'int32s':
      writer.uint32(TYPE_IDS.array);
      writer.uint32(TYPE_IDS.int32);
      writer.uint64(entry.value.length);
      for (const number of entry.value) writer.int32(number);
      return;
  }
}

/** The bytes of a GGUF file. Each tensor's data must have exactly as many numbers as its shape says. */
export function encodeGguf(metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Buffer {
  const writer = new ByteWriter();
  writer.bytes(Buffer.from('GGUF', 'ascii'));
  writer.uint32(3);
  writer.uint64(tensors.length);
  writer.uint64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    writer.string(key);
    writeValue(writer, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    const size = tensor.shape.reduce((product, side) => product * side, 1);
    if (size !== tensor.data.length)
      throw new RangeError(`Tensor ${tensor.name} holds ${tensor.data.length} numbers, its shape says ${size}.`);
    writer.string(tensor.name);
    writer.uint32(tensor.shape.length);
    for (const side of tensor.shape) writer.uint64(side);
    writer.uint32(F32);
    writer.uint64(offset);
    offset += Math.ceil(tensor.data.byteLength / ALIGNMENT) * ALIGNMENT;
  }
  writer.pad(ALIGNMENT);
  for (const tensor of tensors) {
    writer.bytes(Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
    writer.pad(ALIGNMENT);
  }
  return writer.concat();
}
