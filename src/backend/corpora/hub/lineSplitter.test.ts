import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from './lineSplitter.ts';

interface Line {
  readonly text: string;
  readonly end: number;
}

/** Lines of a text whose bytes arrive cut at the given places. */
function split(bytes: Uint8Array, cuts: readonly number[], offset = 0, limit = 1_000_000): (Line & { tooLong: boolean })[] {
  const splitter = new LineSplitter(offset, limit);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const edges = [0, ...[...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b), bytes.length];
  const lines = [];
  for (const [at, edge] of edges.slice(1).entries()) lines.push(...splitter.push(bytes.subarray(edges[at], edge)));
  lines.push(...splitter.finish());
  return lines.map(({ bytes: line, end, tooLong }) => ({ text: decoder.decode(line), end, tooLong }));
}

const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replace(/[\n\r]/g, '').toWellFormed());

describe('LineSplitter', () => {
  it('gives the same lines wherever the chunks are cut, characters of several bytes included', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (lines, cuts, ended) => {
        const joined = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
        const expected = lines.at(-1) === '' && !ended ? lines.slice(0, -1) : lines;
        expect(split(Buffer.from(joined), cuts).map((line) => line.text.replace(/^\uFEFF/, ''))).toEqual(
          expected.map((line) => line.replace(/^\uFEFF/, '')),
        );
      }),
    );
  });

  it('goes on from the end of any line with the lines that follow', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), fc.nat(), fc.array(fc.nat(), { maxLength: 8 }), (lines, pick, cuts) => {
        const bytes = Buffer.from(lines.join('\r\n'));
        const all = split(bytes, cuts);
        const at = pick % Math.max(1, all.length);
        const from = all[at]?.end ?? 0;
        expect(split(bytes.subarray(from), cuts, from)).toEqual(all.slice(at + 1));
      }),
    );
  });

  it('drops a line that is too long without losing its neighbours', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 9 }), (cuts) => {
        const lines = split(Buffer.from(`one\n${'x'.repeat(500)}\nthree`), cuts, 0, 64);
        expect(lines.map(({ text: line, tooLong }) => (tooLong ? null : line))).toEqual(['one', null, 'three']);
      }),
    );
  });
});
