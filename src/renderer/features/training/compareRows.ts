import type { FlatEntries } from '../../../contract/runs.ts';

export interface CompareRow {
  readonly key: string;
  /** One per run; null where the run does not have the key. */
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

/** Entries of several runs side by side, in the order in which keys first occur. */
export function compareRows(runs: readonly FlatEntries[]): readonly CompareRow[] {
  const maps = runs.map((entries) => new Map(entries));
  const keys = [...new Set(runs.flatMap((entries) => entries.map(([key]) => key)))];
  return keys.map((key) => {
    const values = maps.map((map) => map.get(key) ?? null);
    return { key, values, differs: values.some((value) => value !== values[0]) };
  });
}
