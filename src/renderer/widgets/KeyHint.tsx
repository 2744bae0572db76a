import { useKeyHint } from '../app/keys/useKeys.ts';
import type { CommandId } from '../app/keys/catalogue.ts';

/** The key of a command, where it has one that works. */
export function KeyHint({ command }: { readonly command: CommandId }) {
  const hint = useKeyHint(command);
  return hint === null ? null : <kbd>{hint}</kbd>;
}
