import type { JsonValue } from '../../contract/json.ts';

/** One string of a JSON value and where it stands. */
export interface TextLeaf {
  /** JSON pointer (RFC 6901) from the root of the walked value. */
  readonly pointer: string;
  /** Nearest object key above the string; the empty string at the root. */
  readonly key: string;
  readonly text: string;
  /** True when the text is itself an object key: names can carry instructions too. */
  readonly isKey: boolean;
}

export interface LeafWalk {
  readonly leaves: readonly TextLeaf[];
  /** True when a bound cut the walk short. */
  readonly truncated: boolean;
}

const MAX_DEPTH = 64;
const MAX_NODES = 20_000;
const MAX_KEY_IN_POINTER = 64;
/** Keys shorter than this and without a space are plain field names. */
const LONG_KEY = 40;

interface Frame {
  readonly value: unknown;
  readonly pointer: string;
  readonly key: string;
  readonly depth: number;
}

/**
 * Every string of a JSON value in document order. Iterative, so that hostile nesting
 * cannot exhaust the stack; at most 20,000 nodes and 64 levels are visited.
 */
export function textLeaves(root: JsonValue | undefined, pointer = ''): LeafWalk {
  const leaves: TextLeaf[] = [];
  const stack: Frame[] = [{ value: root, pointer, key: '', depth: 0 }];
  let nodes = 0;
  let truncated = false;
  while (stack.length > 0) {
    const frame = stack.pop() as Frame;
    if (++nodes > MAX_NODES) return { leaves, truncated: true };
    const { value } = frame;
    if (typeof value === 'string') {
      leaves.push({ pointer: frame.pointer, key: frame.key, text: value, isKey: false });
    } else if (typeof value === 'object' && value !== null) {
      if (frame.depth >= MAX_DEPTH) truncated = true;
      else if (!pushChildren(stack, frame, value, leaves)) truncated = true;
    }
  }
  return { leaves, truncated };
}

/** Pushes the children last to first, so that they are popped in document order; false when there are too many. */
function pushChildren(stack: Frame[], frame: Frame, value: object, leaves: TextLeaf[]): boolean {
  const depth = frame.depth + 1;
  if (Array.isArray(value)) {
    const count = Math.min(value.length, MAX_NODES);
    for (let i = count - 1; i >= 0; i--) stack.push({ value: value[i], pointer: `${frame.pointer}/${i}`, key: frame.key, depth });
    return count === value.length;
  }
  const keys = Object.keys(value);
  const count = Math.min(keys.length, MAX_NODES);
  for (let i = count - 1; i >= 0; i--) {
    const key = keys[i] as string;
    stack.push({ value: (value as Record<string, unknown>)[key], pointer: `${frame.pointer}/${escapeKey(key)}`, key, depth });
  }
  for (let i = 0; i < count; i++) {
    const key = keys[i] as string;
    if (key.length >= LONG_KEY || key.includes(' '))
      leaves.push({ pointer: `${frame.pointer}/${escapeKey(key)}`, key, text: key, isKey: true });
  }
  return count === keys.length;
}

function escapeKey(key: string): string {
  const short = key.length > MAX_KEY_IN_POINTER ? key.slice(0, MAX_KEY_IN_POINTER) : key;
  return short.includes('~') || short.includes('/') ? short.replaceAll('~', '~0').replaceAll('/', '~1') : short;
}
