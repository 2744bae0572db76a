import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlace, placeHref, ROUTES } from './useRoute.ts';

describe('parsePlace', () => {
  it.each([
    ['', 'live', [], ''],
    ['#/models', 'models', [], ''],
    ['#/models/', 'models', [], ''],
    ['#/nowhere/x', 'live', ['x'], ''],
    ['#/models/ep-1/b?at=12&lane=trained', 'models', ['ep-1', 'b'], 'at=12&lane=trained'],
    ['#/models/%E0%A4%A', 'models', ['%E0%A4%A'], ''],
    ['#/models?at=1?2', 'models', [], 'at=1%3F2'],
  ])('%s', (hash, route, path, query) => {
    const place = parsePlace(hash);
    expect([place.route, place.path, place.query.toString()]).toEqual([route, path, query]);
  });

  it('reads back what placeHref wrote', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(fc.constantFrom(...ROUTES), fc.array(text), fc.dictionary(text, text), (route, path, query) => {
        const place = parsePlace(placeHref(route, { path, query }));
        expect(place.route).toBe(route);
        expect(place.path).toEqual(path);
        expect(Object.fromEntries(place.query)).toEqual({ ...query });
      }),
    );
  });
});

describe('placeHref', () => {
  it('leaves out what is undefined', () => {
    expect(placeHref('live', { query: { at: 3, lane: undefined } })).toBe('#/live?at=3');
  });
});
