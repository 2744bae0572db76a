import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../random/random.ts';
import { childScope, createScope, expand, expandJson, slotNames } from './slots.ts';

const lexicon = {
  city: ['Oslo', 'Ghent', 'Porto', 'Cork', 'Izmir', 'Dakar'],
  note: ['from {{city}}'],
  number: ['{{int:1-900}}'],
  loop: ['{{*loop}}'],
};
const scope = (seed = 1) => createScope(randomFrom(seed), lexicon);

describe('slots', () => {
  it('binds a name once, a numbered one apart, and a starred one never', () => {
    const at = scope();
    const [one, two, other] = [expand('{{city}}', at), expand('{{city}}', at), expand('{{city.2}}', at)];
    expect(one).toBe(two);
    expect(at.bound.get('city.2')).toBe(other);
    const fresh = new Set(Array.from({ length: 40 }, () => expand('{{*city}}', at)));
    expect(fresh.size).toBeGreaterThan(1);
  });

  it('binds a generator marked with =, and keeps its type', () => {
    const at = scope();
    const amount = expandJson('{{=int:5-900}}', at);
    expect(typeof amount).toBe('number');
    expect(expand('send {{=int:5-900}} euros', at)).toBe(`send ${Number(amount)} euros`);
    expect(new Set(Array.from({ length: 40 }, () => expand('{{int:5-900}}', at))).size).toBeGreaterThan(1);
  });

  it('expands values that hold slots themselves', () => {
    const at = scope();
    expect(expand('{{note}} and {{city}}', at)).toMatch(/^from (\w+) and \1$/);
  });

  it('keeps the type of a slot that stands alone', () => {
    const value = expandJson({ a: '{{int:3-9}}', b: '{{#number}}', c: '{{bool}}', d: 'n{{int:1-2}}', e: '{{number}}' }, scope()) as Record<
      string,
      unknown
    >;
    expect(typeof value['a']).toBe('number');
    expect(typeof value['b']).toBe('number');
    expect(typeof value['c']).toBe('boolean');
    expect(value['d']).toMatch(/^n[12]$/);
    expect(value['e']).toBe(String(value['b']));
  });

  it('repeats items within the stated bounds', () => {
    fc.assert(
      fc.property(fc.nat(1_000), (seed) => {
        const items = expandJson({ $each: '2-5', item: { city: '{{*city}}' } }, scope(seed)) as unknown[];
        expect(items.length).toBeGreaterThanOrEqual(2);
        expect(items.length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('lets a child see what its parent bound and keeps its own to itself', () => {
    const parent = scope();
    const city = expand('{{city}}', parent);
    const child = childScope(parent);
    expect(expand('{{city}}', child)).toBe(city);
    expand('{{number}}', child);
    expect(parent.bound.has('number')).toBe(false);
  });

  it('names what it cannot expand', () => {
    expect(() => expand('{{nowhere}}', scope())).toThrow('unknown slot "nowhere"');
    expect(() => expand('{{roll:3}}', scope())).toThrow('unknown slot generator "roll"');
    expect(() => expand('{{loop}}', scope())).toThrow(/nest too deep/);
  });

  it('lists the names a text uses', () => {
    expect(slotNames('{{city}} {{*city}} {{city.2}} {{int:1-3}} {{#number}}')).toEqual(['city', 'city', 'city', 'number']);
  });

  it('leaves text without slots alone and equal seeds equal', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, seed) => {
        fc.pre(!text.includes('{{'));
        expect(expand(text, scope(seed))).toBe(text);
        expect(expand('{{*city}} {{hex:8}} {{uuid}} {{iso}}', scope(seed))).toBe(
          expand('{{*city}} {{hex:8}} {{uuid}} {{iso}}', scope(seed)),
        );
      }),
    );
  });
});
