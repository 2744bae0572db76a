/** One field of a protobuf message as it stands on the wire; groups and unknown types end the message. */
export type WireField =
  | { readonly number: number; readonly type: 'varint'; readonly value: number }
  | { readonly number: number; readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly number: number; readonly type: 'fixed32' | 'fixed64'; readonly value: Uint8Array };

/** The bytes are not a protobuf message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/**
 * The fields of a message in order. Varints are read as doubles: exact to 2^53, negative ones in two's complement.
 * @throws ProtobufError on truncated or malformed bytes
 */
export function readFields(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) throw new ProtobufError('a varint is cut off');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new ProtobufError('a varint is too long');
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || at + length > bytes.length) throw new ProtobufError('a field is cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(BigInt.asUintN(64, varint()));
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        fields.push({ number, type: 'varint', value: Number(varint()) });
        break;
      case 1:
        fields.push({ number, type: 'fixed64', value: take(8) });
        break;
      case 2:
        fields.push({ number, type: 'bytes', value: take(Number(varint())) });
        break;
      case 5:
        fields.push({ number, type: 'fixed32', value: take(4) });
        break;
      default:
        throw new ProtobufError(`wire type ${tag % 8} is not known`);
    }
  }
  return fields;
}
