import { AlertDialog } from '@base-ui/react/alert-dialog';
import type { CorpusStatus } from '../../../contract/corpora.ts';
import { bytes } from '../../lib/format.ts';
import { Button } from '../../widgets/Button.tsx';
import styles from './ClearCacheDialog.module.css';

interface ClearCacheDialogProps {
  readonly corpus: CorpusStatus;
  readonly disabled: boolean;
  readonly onClear: () => void;
}

/** The button that clears a corpus's cache, and the question before it does. */
export function ClearCacheDialog({ corpus: { id, name, cache }, disabled, onClear }: ClearCacheDialogProps) {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger
        render={
          <Button size="small" variant="quiet" disabled={disabled} testId={`data-clear-${id}`} aria-label={`Clear the cache of ${name}`}>
            Clear cache
          </Button>
        }
      />
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles['backdrop']} />
        <AlertDialog.Popup className={styles['popup']} data-testid="data-clear-dialog">
          <AlertDialog.Title className={styles['title']}>Clear the cache of {name}?</AlertDialog.Title>
          <AlertDialog.Description className={styles['text']}>
            {bytes(cache.bytes)} of downloaded parts are removed, with the place in the corpus and its pinned commit. Training sets that
            were written stay. Streaming starts again from the first row of the latest commit.
          </AlertDialog.Description>
          <div className={styles['actions']}>
            <AlertDialog.Close render={<Button>Keep it</Button>} />
            <AlertDialog.Close
              render={
                <Button variant="primary" testId="data-clear-confirm" onClick={onClear}>
                  Clear cache
                </Button>
              }
            />
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
