import { Dialog } from '@base-ui/react/dialog';
import { Switch } from '@base-ui/react/switch';
import { useId, useState } from 'react';
import { Button } from '../widgets/Button.tsx';
import { KeyList, type KeyRequest } from './keys/KeyList.tsx';
import { settings, useSettings } from './settings.ts';
import type { Route } from './useRoute.ts';
import styles from './HelpSheet.module.css';

interface HelpSheetProps {
  readonly route: Route;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Every key that does something, where it can be changed, and the switch that turns the single-character ones off. */
export function HelpSheet({ route, open, onOpenChange }: HelpSheetProps) {
  const letterKeys = useSettings((state) => state.letterKeys);
  const [request, setRequest] = useState<KeyRequest | null>(null);
  const switchLabel = useId();
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next, { reason }) => {
        if (!next && reason === 'escape-key' && request !== null) {
          setRequest(null);
          return;
        }
        setRequest(null);
        onOpenChange(next);
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['backdrop']} />
        <Dialog.Popup className={styles['sheet']} data-testid="help-sheet">
          <header>
            <Dialog.Title className={styles['title']}>Keys</Dialog.Title>
            <Dialog.Close render={<Button icon="close" variant="quiet" aria-label="Close" />} />
          </header>
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
            <p id={switchLabel}>Single-character keys. Space, Esc and other named keys work either way.</p>
          </div>
          <KeyList route={route} request={request} onRequest={setRequest} />
          <Dialog.Description className={styles['note']}>
            Text from tools, prompts and models is shown as text only. Characters that cannot be seen or that pass for others stand in boxes
            with their code points. The table holds the latest 20,000 messages; every step is in the store.
          </Dialog.Description>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
