import { rowMatches, type DecisionRow, type RowFilter } from './decisionRow.ts';

/** Remembers the verdict on each row object, so that only new or changed rows are tested when the table grows. */
export function createRowFilter(filter: RowFilter, search: string): (rows: readonly DecisionRow[]) => readonly DecisionRow[] {
  const wanted = search.trim().toLowerCase();
  if (filter === 'all' && wanted === '') return (rows) => rows;
  const known = new WeakMap<DecisionRow, boolean>();
  return (rows) =>
    rows.filter((row) => {
      let matches = known.get(row);
      if (matches === undefined) {
        matches = rowMatches(row, filter, wanted);
        known.set(row, matches);
      }
      return matches;
    });
}
