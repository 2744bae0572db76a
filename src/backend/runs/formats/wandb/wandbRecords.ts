import type { JsonValue } from '../../../../contract/json.ts';
import { parseExtendedJson } from '../extendedJson.ts';
import { readFields, type WireField } from './protobuf.ts';

/** `[key, value]`, the key joined by dots where the source nests it. */
export type WandbItem = readonly [key: string, value: JsonValue];

/** The records of `wandb_internal.proto` that say something about a run's curves; times in seconds since 1970. */
export type WandbRecord =
  | { readonly kind: 'history'; readonly step: number | null; readonly items: readonly WandbItem[] }
  | { readonly kind: 'summary'; readonly items: readonly WandbItem[] }
  | { readonly kind: 'config'; readonly items: readonly WandbItem[] }
  | { readonly kind: 'stats'; readonly timestamp: number | null; readonly items: readonly WandbItem[] }
  | {
      readonly kind: 'run';
      readonly id: string;
      readonly project: string;
      readonly name: string;
      readonly config: readonly WandbItem[];
      readonly startTime: number | null;
    }
  | { readonly kind: 'exit'; readonly code: number };

/** Field numbers of `Record`. */
const RECORD = { history: 2, summary: 3, config: 5, stats: 7, run: 17, exit: 18 } as const;
/** Field numbers of history, summary, configuration and statistics items. */
const ITEM = { key: 1, nestedKey: 2, valueJson: 16 } as const;

const decoder = new TextDecoder();

/**
 * The record in a log entry; null for a kind that holds no curves.
 * @throws ProtobufError when the bytes are no message
 */
export function readWandbRecord(bytes: Uint8Array): WandbRecord | null {
  for (const field of readFields(bytes)) {
    if (field.type !== 'bytes') continue;
    switch (field.number) {
      case RECORD.history: {
        const fields = readFields(field.value);
        const step = message(fields, 2);
        return { kind: 'history', step: step === null ? null : (varint(step, 1) ?? 0), items: items(fields, 1) };
      }
      case RECORD.summary:
        return { kind: 'summary', items: items(readFields(field.value), 1) };
      case RECORD.config:
        return { kind: 'config', items: items(readFields(field.value), 1) };
      case RECORD.stats: {
        const fields = readFields(field.value);
        return { kind: 'stats', timestamp: timestamp(message(fields, 2)), items: items(fields, 3) };
      }
      case RECORD.run:
        return readRun(readFields(field.value));
      case RECORD.exit:
        return { kind: 'exit', code: varint(readFields(field.value), 1) ?? 0 };
      default:
    }
  }
  return null;
}

function readRun(fields: readonly WireField[]): WandbRecord {
  const config = message(fields, 4);
  return {
    kind: 'run',
    id: text(fields, 1),
    project: text(fields, 3),
    name: text(fields, 8),
    config: config === null ? [] : items(config, 1),
    startTime: timestamp(message(fields, 17)),
  };
}

function items(fields: readonly WireField[], number: number): WandbItem[] {
  return fields.flatMap((field) => {
    if (field.number !== number || field.type !== 'bytes') return [];
    const item = readFields(field.value);
    const nested = item.flatMap((part) => (part.number === ITEM.nestedKey && part.type === 'bytes' ? [decoder.decode(part.value)] : []));
    const key = nested.length > 0 ? nested.join('.') : text(item, ITEM.key);
    const value = parseExtendedJson(text(item, ITEM.valueJson));
    return value === undefined ? [] : [[key, value] as const];
  });
}

function last(fields: readonly WireField[], number: number): WireField | undefined {
  return fields.findLast((field) => field.number === number);
}

function message(fields: readonly WireField[], number: number): WireField[] | null {
  const field = last(fields, number);
  return field?.type === 'bytes' ? readFields(field.value) : null;
}

function text(fields: readonly WireField[], number: number): string {
  const field = last(fields, number);
  return field?.type === 'bytes' ? decoder.decode(field.value) : '';
}

function varint(fields: readonly WireField[], number: number): number | null {
  const field = last(fields, number);
  return field?.type === 'varint' ? field.value : null;
}

/** `google.protobuf.Timestamp`. */
function timestamp(fields: readonly WireField[] | null): number | null {
  if (fields === null) return null;
  return (varint(fields, 1) ?? 0) + (varint(fields, 2) ?? 0) / 1e9;
}
