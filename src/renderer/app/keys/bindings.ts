import { z } from 'zod';
import { BINDINGS, COMMAND_IDS, type CommandId } from './catalogue.ts';
import { isBindable } from './keyNames.ts';

/** Commands whose keys a person has changed; an empty list: no key. */
export type CustomKeys = { readonly [I in CommandId]?: readonly string[] };

/** Most keys of one command. */
export const MOST_KEYS = 4;

export const NO_CUSTOM_KEYS: CustomKeys = {};

const storedSchema = z.record(z.string(), z.unknown());
const keysSchema = z.array(z.string().max(40).refine(isBindable)).max(MOST_KEYS);

/** Reads stored keys; commands that are unknown here and keys that cannot be bound are left out. */
export function parseCustomKeys(value: unknown): CustomKeys {
  const stored = storedSchema.safeParse(value);
  if (!stored.success) return NO_CUSTOM_KEYS;
  let custom = NO_CUSTOM_KEYS;
  for (const id of COMMAND_IDS) {
    const keys = keysSchema.safeParse(stored.data[id]);
    if (keys.success) custom = withKeys(custom, id, keys.data);
  }
  return custom;
}

/** The keys of a command that are in force. */
export function keysOf(id: CommandId, custom: CustomKeys): readonly string[] {
  return custom[id] ?? BINDINGS[id].keys;
}

/** Gives a command these keys, each once; keys it ships with are not stored. */
export function withKeys(custom: CustomKeys, id: CommandId, keys: readonly string[]): CustomKeys {
  const unique = [...new Set(keys)];
  const shipped: readonly string[] = BINDINGS[id].keys;
  const { [id]: _before, ...others } = custom;
  const same = unique.length === shipped.length && unique.every((key, index) => key === shipped[index]);
  return same ? others : { ...others, [id]: unique };
}

/** Other commands of the same scope that have the key: given together, only one of them would be reached. */
export function commandsInConflict(id: CommandId, key: string, custom: CustomKeys): readonly CommandId[] {
  return COMMAND_IDS.filter((other) => other !== id && BINDINGS[other].scope === BINDINGS[id].scope && keysOf(other, custom).includes(key));
}

/** A page's command goes before the application's: the pages on which another command takes this key. */
export function commandsInFront(id: CommandId, key: string, custom: CustomKeys): readonly CommandId[] {
  if (BINDINGS[id].scope !== 'application') return [];
  return COMMAND_IDS.filter((other) => BINDINGS[other].scope !== 'application' && keysOf(other, custom).includes(key));
}

/** Adds a key to a command and takes it from those it would be in conflict with. */
export function withMovedKey(custom: CustomKeys, id: CommandId, key: string): CustomKeys {
  let moved = custom;
  for (const other of commandsInConflict(id, key, custom)) {
    moved = withKeys(
      moved,
      other,
      keysOf(other, moved).filter((held) => held !== key),
    );
  }
  return withKeys(moved, id, [...keysOf(id, moved), key]);
}
