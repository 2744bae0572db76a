import { describe, expect, it } from 'vitest';
import type { EpisodeId } from '../../../contract/ids.ts';
import type { DecisionRow } from './decisionRow.ts';
import { createRowFilter } from './rowFilter.ts';

let reads = 0;
const row = (key: string, text: string): DecisionRow => ({
  key,
  number: 1,
  episodeId: 'ep-0000000000000000' as EpisodeId,
  episodeIndex: 0,
  position: 0,
  kind: 'call',
  server: 'files',
  tool: null,
  cells: { baseline: null, trained: null },
  steps: null,
  get searchText() {
    reads += 1;
    return text;
  },
});

describe('createRowFilter', () => {
  it('passes the very list on when nothing is filtered', () => {
    const rows = [row('a', 'x')];
    expect(createRowFilter('all', '  ')(rows)).toBe(rows);
  });

  it('looks at each row once, however often the table grows', () => {
    const filter = createRowFilter('all', ' Mail ');
    const rows = [row('a', 'mail server'), row('b', 'files')];
    reads = 0;
    expect(filter(rows).map(({ key }) => key)).toEqual(['a']);
    expect(filter([...rows, row('c', 'send mail')]).map(({ key }) => key)).toEqual(['a', 'c']);
    expect(reads).toBe(3);
  });
});
