import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

const stored = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => stored.set(key, value),
});
const { choose, evaluationChoices, parseChoices } = await import('./evaluationChoices.ts');

describe('the choices of a new evaluation', () => {
  it('are stored and read back, but for the file', () => {
    choose({ source: 'dev', messages: '20000', costPreset: 'strict', file: null });
    expect(parseChoices(stored.get('omniguard.evaluation') ?? null)).toEqual({
      model: null,
      source: 'dev',
      messages: '20000',
      seed: '1',
      phase: 'all',
      costPreset: 'strict',
    });
    expect(evaluationChoices.getState().messages).toBe('20000');
  });
  it('lose no more than what is not valid', () => {
    expect(parseChoices('{"source":"nowhere","messages":7,"phase":"chained_exploitation"}')).toMatchObject({
      source: 'test',
      messages: '500',
      phase: 'chained_exploitation',
    });
    const fallback = parseChoices(null);
    expect([parseChoices('null'), parseChoices('[1'), parseChoices('5')]).toEqual([fallback, fallback, fallback]);
    fc.assert(fc.property(fc.json(), (text) => parseChoices(text).costPreset !== undefined));
  });
});
