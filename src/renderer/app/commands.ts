import { createStore } from 'zustand/vanilla';
import { keysOf, type CustomKeys } from './keys/bindings.ts';
import { BINDINGS, type CommandId } from './keys/catalogue.ts';
import { isCharacterKey, keyOf } from './keys/keyNames.ts';

/** Something a person can do by key. What it is called and which keys it has is in the catalogue of keys. */
export interface Command {
  readonly id: CommandId;
  readonly run: () => void;
  readonly enabled: boolean;
  /** Runs again and again while the key is held down. */
  readonly repeats?: boolean;
}

interface Registry {
  readonly commands: readonly Command[];
}

export const commandRegistry = createStore<Registry>(() => ({ commands: [] }));

/** Adds commands; the returned function takes them away again. */
export function registerCommands(commands: readonly Command[]): () => void {
  commandRegistry.setState((state) => ({ commands: [...state.commands, ...commands] }));
  return () => commandRegistry.setState((state) => ({ commands: state.commands.filter((command) => !commands.includes(command)) }));
}

export interface KeyPress {
  readonly key: string;
  readonly modified: boolean;
  readonly shift?: boolean;
  /** The focus is in a field that takes text. */
  readonly inText: boolean;
  /** The focus is on something that Space or Enter would activate. */
  readonly onControl: boolean;
}

export interface KeySettings {
  readonly letterKeys: boolean;
  readonly keys: CustomKeys;
}

/**
 * The enabled command for a key press, or null. Letters and signs can be turned off; text fields keep every key. Where two
 * commands ask for the same key, a page's goes before the application's.
 */
export function commandFor(commands: readonly Command[], press: KeyPress, { letterKeys, keys }: KeySettings): Command | null {
  const { key, modified, shift = false, inText, onControl } = press;
  if (modified || inText || ((key === ' ' || key === 'Enter') && onControl)) return null;
  if (isCharacterKey(key) && !letterKeys) return null;
  const name = keyOf({ key, shift });
  const matching = commands.filter(({ enabled, id }) => enabled && keysOf(id, keys).includes(name));
  return matching.find(({ id }) => BINDINGS[id].scope !== 'application') ?? matching[0] ?? null;
}
