/** The part of a keyboard event that names a key. */
export interface PressedKey {
  /** As `KeyboardEvent.key`. */
  readonly key: string;
  readonly shift: boolean;
}

/** How bindings write a key: lower case; named keys, unlike characters, tell Shift apart: `shift+arrowleft`. */
export function keyOf({ key, shift }: PressedKey): string {
  const name = key.toLowerCase();
  return shift && key.length > 1 ? `shift+${name}` : name;
}

/** Letters, digits and signs: what WCAG 2.1.4 asks to be able to turn off. Space is none. */
export function isCharacterKey(key: string): boolean {
  return key.length === 1 && key !== ' ';
}

/** Keys that move the focus, compose text or only modify others. */
const UNBINDABLE: ReadonlySet<string> = new Set([
  'tab',
  'shift',
  'control',
  'alt',
  'altgraph',
  'meta',
  'os',
  'fn',
  'capslock',
  'numlock',
  'scrolllock',
  'dead',
  'process',
  'compose',
  'unidentified',
  'contextmenu',
]);

/** Whether a command may have this key; `key` as `keyOf` writes it. */
export function isBindable(key: string): boolean {
  const name = key.startsWith('shift+') ? key.slice('shift+'.length) : key;
  return key === key.toLowerCase() && /^(\S|[a-z][a-z0-9]*| )$/u.test(name) && !UNBINDABLE.has(name);
}

const NAMES: { readonly [key: string]: string } = {
  ' ': 'Space',
  escape: 'Esc',
  arrowleft: '←',
  arrowright: '→',
  arrowup: '↑',
  arrowdown: '↓',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  delete: 'Del',
  insert: 'Ins',
};

/** How a key is written for people. */
export function keyName(key: string): string {
  if (key.startsWith('shift+')) return `Shift ${keyName(key.slice('shift+'.length))}`;
  return NAMES[key] ?? `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}

const ARIA_NAMES: { readonly [key: string]: string } = {
  ' ': 'Space',
  '+': 'Plus',
  arrowleft: 'ArrowLeft',
  arrowright: 'ArrowRight',
  arrowup: 'ArrowUp',
  arrowdown: 'ArrowDown',
  pageup: 'PageUp',
  pagedown: 'PageDown',
};

/** How `aria-keyshortcuts` writes a key. */
export function ariaKey(key: string): string {
  if (key.startsWith('shift+')) return `Shift+${ariaKey(key.slice('shift+'.length))}`;
  return ARIA_NAMES[key] ?? `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}
