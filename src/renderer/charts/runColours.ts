import type { Theme } from '../app/settings.ts';

/** Told apart by number as well: each run carries its number in the list and at the end of its curve. */
export const RUN_COLOURS: { readonly [T in Theme]: readonly string[] } = {
  dark: ['#4cc2ff', '#ffa629', '#6fcf97', '#e27cf5', '#f2e6a0', '#ff7a7a', '#a99bff', '#4fd6c4', '#d9b08c', '#9aa7b8'],
  light: ['#0b66b0', '#a85a00', '#1a7a44', '#9127a8', '#6a6405', '#c0244e', '#5546c8', '#0a7468', '#7d5a3a', '#55606e'],
};

/** Dash patterns of the second, third and fourth ten. */
const DASHES: readonly (readonly number[] | null)[] = [null, [6, 3], [2, 2], [8, 3, 2, 3]];

export interface RunStyle {
  readonly colour: string;
  readonly dash: readonly number[] | null;
  /** From 1. */
  readonly number: number;
}

/** @param index the run's own, which never changes */
export function runStyle(index: number, theme: Theme): RunStyle {
  const colours = RUN_COLOURS[theme];
  return {
    colour: colours[index % colours.length] ?? '#808080',
    dash: DASHES[Math.floor(index / colours.length) % DASHES.length] ?? null,
    number: index + 1,
  };
}
