import { useSettings } from '../settings.ts';
import { keysOf } from './bindings.ts';
import type { CommandId } from './catalogue.ts';
import { isCharacterKey, keyName } from './keyNames.ts';

/** The first key of a command that works now; null without one, or when single-character keys are off. */
export function useCommandKey(id: CommandId | undefined): string | null {
  return useSettings(({ keys, letterKeys }) =>
    id === undefined ? null : (keysOf(id, keys).find((key) => letterKeys || !isCharacterKey(key)) ?? null),
  );
}

/** The same key as people read it. */
export function useKeyHint(id: CommandId): string | null {
  const key = useCommandKey(id);
  return key === null ? null : keyName(key);
}

/** A tooltip with the command's key behind it. */
export function useKeyTitle(title: string, id: CommandId): string {
  const hint = useKeyHint(id);
  return hint === null ? title : `${title} (${hint})`;
}

/** What an empty search field says: with the key that goes to it. */
export function useSearchPlaceholder(id: CommandId): string {
  const hint = useKeyHint(id);
  return hint === null ? 'Search' : `Search  ${hint}`;
}
