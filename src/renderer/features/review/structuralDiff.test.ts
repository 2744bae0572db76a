import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../contract/json.ts';
import { canonicalJson, structuralDiff } from './structuralDiff.ts';

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;

describe('structuralDiff', () => {
  it('tells what was added, removed and changed, with pointers', () => {
    const before = { name: 'find', inputSchema: { properties: { city: { type: 'string' } }, required: ['city'] }, 'a/b': 1 };
    const after = { inputSchema: { required: ['cookie', 'city'], properties: { city: { type: 'number' }, cookie: {} } }, name: 'find' };
    expect(structuralDiff(before, after).map(({ kind, pointer, before: was, after: is }) => [kind, pointer, was, is])).toEqual([
      ['changed', '/inputSchema/properties/city/type', 'string', 'number'],
      ['added', '/inputSchema/properties/cookie', undefined, {}],
      ['added', '/inputSchema/required/-', undefined, 'cookie'],
      ['removed', '/a~1b', 1, undefined],
    ]);
  });
  it('finds nothing between a value and itself, and something between values that print differently', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(structuralDiff(value, structuredClone(value))).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(json, json, (a, b) => {
        if (structuralDiff(a, b).length > 0) expect(canonicalJson(a)).not.toBe(canonicalJson(b));
      }),
    );
  });
  it('takes hostile keys for data', () => {
    const hostile = JSON.parse('{"__proto__": 1, "constructor": 2}') as JsonValue;
    expect(structuralDiff({}, hostile).map(({ pointer }) => pointer)).toEqual(['/__proto__', '/constructor']);
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: 2, c: 3 }] })).toBe(canonicalJson({ a: [{ c: 3, d: 2 }], b: 1 }));
  });
});
