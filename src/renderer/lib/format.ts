import type { Action } from '../../contract/actions.ts';
import type { Phase } from '../../contract/observation.ts';

const MINUS = '−';
const NONE = '–';

/** `+0.52`, `−1.00`, `0.00`; a true minus sign, so that columns of figures line up. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? MINUS : '+'}${text}`;
}

/** Fixed digits with a true minus sign; a dash when there is no figure. */
export function fixed(value: number | null, digits = 2): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `${MINUS}${text}` : text;
}

/** Share 0..1 as `12.5%`; a dash when there is none. */
export function percent(share: number | null, digits = 1): string {
  return share === null || !Number.isFinite(share) ? NONE : `${(share * 100).toFixed(digits)}%`;
}

/** Milliseconds with the precision that matters: `0.84`, `12.3`, `1,204`. No unit, for columns that name it. */
export function milliseconds(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  if (value < 10) return value.toFixed(2);
  return value < 100 ? value.toFixed(1) : count(Math.round(value));
}

/** Decimal multiples, as file managers and model hubs print them: `13.0 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.95 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${scaled.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Made once: `toLocaleString` with options makes one for each number, and tables format thousands. */
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Thousands separated by commas. */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** `4.2M`, `3.1B`: parameters of a model. */
export function parameters(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)}B`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)}M` : `${(value / 1e3).toFixed(0)}k`;
}

/** `1 episode`, `2 episodes`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Shortens in the middle: `9f86d081…0b822cd1`. */
export function middle(text: string, ends = 8): string {
  return text.length <= ends * 2 + 1 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`;
}

/** `tool_poisoning` as `tool poisoning`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

export const ACTION_NAMES: { readonly [A in Action]: string } = {
  ALLOW: 'Allow',
  BLOCK: 'Block',
  SPOTLIGHT: 'Spotlight',
  SEMANTIC_DIFF: 'Semantic diff',
  CAPABILITY_MEDIATION: 'Mediate capabilities',
  REVOKE_STDIO: 'Revoke STDIO',
};

export const PHASE_NAMES: { readonly [P in Phase]: string } = {
  bootstrapping: 'Bootstrapping',
  evasion_obfuscation: 'Evasion and obfuscation',
  chained_exploitation: 'Chained exploitation',
};
