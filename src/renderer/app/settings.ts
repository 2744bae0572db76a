import { createStore } from 'zustand/vanilla';
import { useStore } from 'zustand';
import { NO_CUSTOM_KEYS, parseCustomKeys, type CustomKeys } from './keys/bindings.ts';

export const THEMES = ['system', 'dark', 'light'] as const;
export type ThemeChoice = (typeof THEMES)[number];
export type Theme = 'dark' | 'light';

interface Settings {
  readonly theme: ThemeChoice;
  /** Single-character shortcuts; people who dictate or have a tremor turn them off (WCAG 2.1.4). */
  readonly letterKeys: boolean;
  /** Keys that differ from the ones that ship. */
  readonly keys: CustomKeys;
}

const KEY = 'omniguard.settings';

function read(): Settings {
  const fallback: Settings = { theme: 'system', letterKeys: true, keys: NO_CUSTOM_KEYS };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return fallback;
    const { theme, letterKeys, keys } = stored as Record<string, unknown>;
    return {
      theme: THEMES.find((name) => name === theme) ?? fallback.theme,
      letterKeys: typeof letterKeys === 'boolean' ? letterKeys : fallback.letterKeys,
      keys: parseCustomKeys(keys),
    };
  } catch {
    return fallback;
  }
}

const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

interface SettingsState extends Settings {
  readonly systemTheme: Theme;
}

export const settings = createStore<SettingsState>(() => ({ ...read(), systemTheme: systemDark.matches ? 'dark' : 'light' }));

export function useSettings<T>(select: (state: SettingsState) => T): T {
  return useStore(settings, select);
}

/** The theme in force, the system's preference resolved. */
export function activeTheme({ theme, systemTheme }: SettingsState): Theme {
  return theme === 'system' ? systemTheme : theme;
}

/** Applies the theme and stores changes. Called once, before the first render, so that nothing flashes. */
export function startSettings(): void {
  const apply = (state: SettingsState): void => {
    document.documentElement.dataset['theme'] = activeTheme(state);
  };
  apply(settings.getState());
  settings.subscribe((state) => {
    apply(state);
    const { theme, letterKeys, keys } = state;
    localStorage.setItem(KEY, JSON.stringify({ theme, letterKeys, keys } satisfies Settings));
  });
  systemDark.addEventListener('change', ({ matches }) => settings.setState({ systemTheme: matches ? 'dark' : 'light' }));
}
