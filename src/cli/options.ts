import { InvalidArgumentError } from 'commander';
import { modelIdSchema, type ModelId } from '../contract/ids.ts';

/** Parser of a whole number within bounds, both included. */
export function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
    return value;
  };
}

/** Parser of a number between bounds, both excluded. */
export function between(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value > low && value < high)) throw new InvalidArgumentError(`Expected a number between ${low} and ${high}.`);
    return value;
  };
}

/** Parser of one word out of a list. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new InvalidArgumentError(`Expected one of ${words.join(', ')}.`);
    return word;
  };
}

/** Parser of a model's id in the registry. */
export function modelId(text: string): ModelId {
  const parsed = modelIdSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('Expected a model id: lower-case letters, digits, dots, dashes and underscores.');
  return parsed.data;
}

/** Parser of an option that may be repeated. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
