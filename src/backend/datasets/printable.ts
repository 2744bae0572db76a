/** Control, format (bidi, zero-width), surrogate, private-use and line-separator characters: none may reach a terminal raw. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/**
 * Text that is safe to print on one line of a terminal: characters that could move the cursor,
 * reorder the line or hide are shown as `\u{...}`, and at most `limit` characters are kept.
 */
export function printable(text: string, limit = 600): string {
  const shown = text.slice(0, limit).replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return text.length > limit ? `${shown}…` : shown;
}
