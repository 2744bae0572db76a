import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateIndex } from './gates.ts';

const text = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', '\n', 'é'), maxLength });
const gateString = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.'), minLength: 1, maxLength: 5 });

describe('GateIndex', () => {
  it('opens exactly the patterns of which a gate string occurs, in order, text after text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(gateString, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.array(text(40)),
        (lists, texts) => {
          const index = new GateIndex(lists);
          for (const one of texts) {
            const occurring = [...lists.keys()].filter((pattern) => (lists[pattern] ?? []).some((gate) => one.includes(gate)));
            expect(index.open(one)).toEqual(occurring);
          }
        },
      ),
    );
  });
});
