import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prettyJsonLines, tokenizeJson } from './jsonTokens.ts';

describe('tokenizeJson', () => {
  it('keeps every character of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const tokens = tokenizeJson(text);
        expect(tokens.map((token) => token.text).join('')).toBe(text);
      }),
    );
  });

  it('tells keys from strings', () => {
    expect(tokenizeJson('"a": "b\\"c", 1.5e3 true').filter((token) => token.role !== 'space' && token.role !== 'punctuation')).toEqual([
      { role: 'key', text: '"a"' },
      { role: 'string', text: '"b\\"c"' },
      { role: 'number', text: '1.5e3' },
      { role: 'literal', text: 'true' },
    ]);
  });
});

describe('prettyJsonLines', () => {
  it('prints any JSON value so that it parses back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = prettyJsonLines(value)
          .map((line) => ' '.repeat(line.indent) + line.tokens.map((token) => token.text).join(''))
          .join('\n');
        expect(text).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });
});
