import { Dialog } from '@base-ui/react/dialog';
import { Switch } from '@base-ui/react/switch';
import { useId } from 'react';
import { useStore } from 'zustand';
import { Button } from '../widgets/Button.tsx';
import { commandRegistry, keyName } from './commands.ts';
import { settings, useSettings } from './settings.ts';
import styles from './HelpSheet.module.css';

const GROUPS = ['Live', 'Replays', 'Review', 'Training', 'Table', 'Application'] as const;

const GRID_KEYS: readonly (readonly [title: string, keys: readonly string[]])[] = [
  ['Row above or below, in the table', ['↑', '↓']],
  ['One page up or down, in the table', ['PgUp', 'PgDn']],
  ['First or last row, in the table', ['Home', 'End']],
];

/** Every key that does something here, and the switch that turns the single-character ones off. */
export function HelpSheet({ open, onOpenChange }: { readonly open: boolean; readonly onOpenChange: (open: boolean) => void }) {
  const commands = useStore(commandRegistry, (state) => state.commands);
  const letterKeys = useSettings((state) => state.letterKeys);
  const switchLabel = useId();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['backdrop']} />
        <Dialog.Popup className={styles['sheet']} data-testid="help-sheet">
          <header>
            <Dialog.Title className={styles['title']}>Keys</Dialog.Title>
            <Dialog.Close render={<Button icon="close" variant="quiet" aria-label="Close" />} />
          </header>
          <div className={styles['groups']}>
            {GROUPS.map((group) => {
              const entries = commands.filter((command) => command.group === group);
              return entries.length === 0 ? null : (
                <section key={group}>
                  <h3>{group}</h3>
                  <dl>
                    {entries.map((command) => (
                      <Entry key={command.id} title={command.title} keys={command.keys.map(keyName)} />
                    ))}
                    {group === 'Table' ? GRID_KEYS.map(([title, keys]) => <Entry key={title} title={title} keys={keys} />) : null}
                  </dl>
                </section>
              );
            })}
          </div>
          <div className={styles['setting']}>
            <Switch.Root
              className={styles['switch']}
              aria-labelledby={switchLabel}
              data-testid="letter-keys"
              checked={letterKeys}
              onCheckedChange={(checked) => settings.setState({ letterKeys: checked })}
            >
              <Switch.Thumb className={styles['thumb']} />
            </Switch.Root>
            <p id={switchLabel}>Single-character keys. Space and Esc work either way.</p>
          </div>
          <Dialog.Description className={styles['note']}>
            Text from tools, prompts and models is shown as text only. Characters that cannot be seen or that pass for others stand in boxes
            with their code points. The table holds the latest 20,000 messages; every step is in the store.
          </Dialog.Description>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Entry({ title, keys }: { readonly title: string; readonly keys: readonly string[] }) {
  return (
    <div className={styles['entry']}>
      <dt>{title}</dt>
      <dd>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dd>
    </div>
  );
}
