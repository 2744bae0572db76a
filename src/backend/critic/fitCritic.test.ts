import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../engine/random/random.ts';
import { fitCritic, type MeasuredEdit } from './fitCritic.ts';

const TARGET = 0.05;

/** Edits whose distance tells the sides apart, beside two measures of chance. */
function edits(count: number, telling: 'distance' | 'lexical'): MeasuredEdit[] {
  const random = randomFrom(7, 'edits', telling);
  return Array.from({ length: count }, (_, index) => {
    const harmful = index % 2 === 0;
    const sure = harmful ? 0.6 + 0.4 * random.next() : 0.4 * random.next();
    const chance = random.next();
    return telling === 'distance'
      ? { distance: sure, lexical: chance, structural: random.next(), harmful }
      : { distance: chance, lexical: sure, structural: random.next(), harmful };
  });
}

describe('fitCritic', () => {
  test.each(['distance', 'lexical'] as const)('lets %s decide where it alone tells the sides apart', (telling) => {
    const fitted = fitCritic(edits(400, telling), TARGET);
    const { embedding, lexical } = fitted.weights;
    expect(telling === 'distance' ? embedding - lexical : lexical - embedding).toBeGreaterThan(0.4);
    expect(fitted.recall).toBeGreaterThan(0.97);
    expect(fitted.falsePositiveRate).toBeLessThanOrEqual(TARGET);
  });

  test('never lets more benign edits reach the threshold than asked for', () => {
    const mixed = edits(200, 'distance').map((edit, index) => ({ ...edit, harmful: index % 3 === 0 }));
    for (const target of [0.01, 0.05, 0.2]) {
      const { weights, threshold } = fitCritic(mixed, target);
      const drift = ({ distance, lexical, structural }: MeasuredEdit): number =>
        1 - (1 - weights.embedding * distance) * (1 - weights.lexical * lexical) * (1 - weights.structural * structural);
      const benign = mixed.filter(({ harmful }) => !harmful);
      expect(benign.filter((edit) => drift(edit) >= threshold).length / benign.length).toBeLessThanOrEqual(target);
      expect(threshold).toBeGreaterThan(0);
      expect(threshold).toBeLessThanOrEqual(1);
    }
  });

  test('needs both sides', () => {
    expect(() => fitCritic([{ distance: 1, lexical: 1, structural: 1, harmful: true }], TARGET)).toThrow(RangeError);
    expect(() => fitCritic([], TARGET)).toThrow(RangeError);
  });
});
