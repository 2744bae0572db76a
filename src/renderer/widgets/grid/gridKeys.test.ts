import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gridTarget } from './gridKeys.ts';

const press = (key: string, modifiers = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...modifiers });

it('moves by rows, pages and to both ends', () => {
  const place = { at: 10, rows: 100, rowHeight: 28, height: 280 };
  const targets = ['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'].map((key) => gridTarget(press(key), place));
  expect(targets).toEqual([9, 11, 2, 18, 0, 99]);
});

it('leaves other keys and other modifiers alone', () => {
  const place = { at: 0, rows: 3, rowHeight: 28, height: 280 };
  expect(['a', 'Enter', 'toString'].map((key) => gridTarget(press(key), place))).toEqual([null, null, null]);
  expect(['ctrlKey', 'metaKey', 'altKey'].map((modifier) => gridTarget(press('End', { [modifier]: true }), place))).toEqual([
    null,
    null,
    null,
  ]);
  expect(gridTarget(press('End'), { ...place, rows: 0 })).toBeNull();
});

it('never leaves the grid', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'),
      fc.integer({ min: -1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 0, max: 2_000 }),
      (key, at, rows, height) => {
        const target = gridTarget(press(key), { at, rows, rowHeight: 28, height }) ?? -1;
        expect(target).toBeGreaterThanOrEqual(0);
        expect(target).toBeLessThan(rows);
      },
    ),
  );
});
