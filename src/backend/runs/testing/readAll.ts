import type { RunReader } from '../formats/runReader.ts';

/** Metric to its `[step, value]` points. */
export type Points = Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;

/** Reads a source to its present end; of each run what came since the last call. */
export function readAll(reader: RunReader): { readonly runs: Readonly<Record<string, Points>>; readonly state: string } {
  let state = reader.advance();
  while (state === 'more') state = reader.advance();
  const runs = reader.drafts.map((draft) => {
    const metrics = [...draft.takePending()].map(([name, { steps, values }]) => [
      name,
      steps.map((step, index) => [step, values[index] as number] as const),
    ]);
    return [draft.name, Object.fromEntries(metrics)] as [string, Points];
  });
  return { runs: Object.fromEntries(runs), state };
}
