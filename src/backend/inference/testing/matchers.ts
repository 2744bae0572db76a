import { expect } from 'vitest';

/** Matches any string that holds `text`; Vitest's own matcher is typed `any`. */
export function textWith(text: string): unknown {
  return expect.stringContaining(text);
}
