import { useEffect } from 'react';
import { commandFor, commandRegistry, registerCommands, type Command } from './commands.ts';
import { settings } from './settings.ts';

/** Offers commands while the component is mounted. `commands` must be memoised. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => registerCommands(commands), [commands]);
}

const CONTROLS =
  'button, a[href], select, summary, [role="button"], [role="option"], [role="switch"], [role="tab"]:not([aria-selected="true"]), [role="combobox"]';

/** Runs commands for key presses anywhere in the page. Mounted once. */
export function useKeyboard(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.defaultPrevented || target.closest('[role="dialog"], [role="listbox"]') !== null) return;
      const command = commandFor(
        commandRegistry.getState().commands,
        {
          key: event.key,
          modified: event.ctrlKey || event.metaKey || event.altKey,
          shift: event.shiftKey,
          inText: target.closest('input, textarea, [contenteditable="true"]') !== null,
          onControl: target.closest(CONTROLS) !== null,
        },
        settings.getState(),
      );
      if (command === null || (event.repeat && command.repeats !== true)) return;
      event.preventDefault();
      command.run();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
