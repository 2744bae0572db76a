import type { KeyboardEvent } from 'react';

interface GridPlace {
  /** Row that the keys start from; -1: none. */
  readonly at: number;
  readonly rows: number;
  readonly rowHeight: number;
  /** Height of what is seen of the grid, pixels. */
  readonly height: number;
}

/**
 * The row that a key of a grid leads to: arrows, pages, both ends. Null for any other key, with a modifier that belongs
 * to somebody else, and without rows.
 */
export function gridTarget(
  { key, ctrlKey, metaKey, altKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
  { at, rows, rowHeight, height }: GridPlace,
): number | null {
  if (ctrlKey || metaKey || altKey || rows === 0) return null;
  // The head and one row of the page before stay in view.
  const page = Math.max(1, Math.floor(height / rowHeight) - 2);
  const targets: { readonly [key: string]: number } = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    PageUp: at - page,
    PageDown: at + page,
    Home: 0,
    End: rows - 1,
  };
  const target = Object.hasOwn(targets, key) ? targets[key] : undefined;
  return target === undefined ? null : Math.min(rows - 1, Math.max(0, target));
}
