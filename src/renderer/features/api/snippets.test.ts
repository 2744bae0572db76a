import { describe, expect, it } from 'vitest';
import { snippet, SNIPPET_LANGUAGES } from './snippets.ts';

describe('snippet', () => {
  it('shows the address, and the token in the form that each client can send', () => {
    const address = 'http://127.0.0.1:8000';
    const token = 'a-token-of-16-characters';
    expect(SNIPPET_LANGUAGES.map((language) => snippet(language, address, null).includes(address.slice(4)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(snippet('python', address, token)).toContain(`http://client:${token}@127.0.0.1:8000`);
    expect(snippet('typescript', address, token)).toContain(`ws://127.0.0.1:8000/t/${token}/ws`);
    expect(snippet('curl', address, token)).toContain(`authorization: Bearer ${token}`);
    expect(snippet('validate', address, token)).toContain(`--url http://127.0.0.1:8000/t/${token}`);
  });

  it('never shows a token where none is asked for', () => {
    for (const language of SNIPPET_LANGUAGES) expect(snippet(language, 'http://127.0.0.1:8000', null)).not.toMatch(/Bearer|\/t\/|client:/);
  });
});
