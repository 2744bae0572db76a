import { createStore } from 'zustand/vanilla';

/** Something a person can do by key; the help sheet lists the same entries. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** `KeyboardEvent.key` values in lower case, except for single signs such as `?`; named keys may ask for Shift: `shift+arrowleft`. */
  readonly keys: readonly string[];
  readonly group: 'Live' | 'Replays' | 'Review' | 'Training' | 'Table' | 'Application';
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

/**
 * The enabled command for a key press, or null. Letters and signs can be turned off; text fields keep every key. Where two
 * commands ask for the same key, a page's goes before the application's.
 */
export function commandFor(commands: readonly Command[], press: KeyPress, letterKeys: boolean): Command | null {
  const { key, modified, shift = false, inText, onControl } = press;
  if (modified || inText || ((key === ' ' || key === 'Enter') && onControl)) return null;
  const isCharacter = key.length === 1 && key !== ' ';
  if (isCharacter && !letterKeys) return null;
  const name = shift && key.length > 1 ? `shift+${key.toLowerCase()}` : key.toLowerCase();
  const matching = commands.filter((command) => command.enabled && command.keys.includes(name));
  return matching.find(({ group }) => group !== 'Application') ?? matching[0] ?? null;
}

/** How a key is written for people. */
export function keyName(key: string): string {
  const names: { readonly [key: string]: string } = {
    ' ': 'Space',
    escape: 'Esc',
    arrowleft: '←',
    arrowright: '→',
    'shift+arrowleft': 'Shift ←',
    'shift+arrowright': 'Shift →',
    home: 'Home',
    end: 'End',
    delete: 'Del',
    enter: 'Enter',
  };
  return names[key] ?? key.toUpperCase();
}
