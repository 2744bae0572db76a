import { createStore } from 'zustand/vanilla';

/** Something a person can do by key; the help sheet lists the same entries. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** `KeyboardEvent.key` values in lower case, except for single signs such as `?`. */
  readonly keys: readonly string[];
  readonly group: 'Live' | 'Training' | 'Table' | 'Application';
  readonly run: () => void;
  readonly enabled: boolean;
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
  /** The focus is in a field that takes text. */
  readonly inText: boolean;
  /** The focus is on something that Space or Enter would activate. */
  readonly onControl: boolean;
}

/** The enabled command for a key press, or null. Letters and signs can be turned off; text fields keep every key. */
export function commandFor(commands: readonly Command[], press: KeyPress, letterKeys: boolean): Command | null {
  const { key, modified, inText, onControl } = press;
  if (modified || inText || (key === ' ' && onControl)) return null;
  const isCharacter = key.length === 1 && key !== ' ';
  if (isCharacter && !letterKeys) return null;
  return commands.find((command) => command.enabled && command.keys.includes(key.toLowerCase())) ?? null;
}

/** How a key is written for people. */
export function keyName(key: string): string {
  const names: { readonly [key: string]: string } = { ' ': 'Space', escape: 'Esc' };
  return names[key] ?? key.toUpperCase();
}
