import { Dialog } from '@base-ui/react/dialog';
import { Checkbox } from '@base-ui/react/checkbox';
import { useId, useState, type FormEvent } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { ImportReport } from '../../../contract/runs.ts';
import { plural } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import styles from './ImportDialog.module.css';

/** A large file takes its time to be read. */
const IMPORT_TIMEOUT_MS = 600_000;

/** Open from wherever an import is offered. */
export const importDialog = createStore<{ readonly open: boolean }>(() => ({ open: false }));

type Progress = { readonly state: 'idle' | 'running' } | { readonly state: 'failed'; readonly problem: Problem } | { readonly state: 'done'; readonly report: ImportReport };

/** Takes a path on the machine where OmniGuard runs. */
export function ImportDialog() {
  const open = useStore(importDialog, (state) => state.open);
  const { client } = usePlatform();
  const [path, setPath] = useState('');
  const [follow, setFollow] = useState(true);
  const [progress, setProgress] = useState<Progress>({ state: 'idle' });
  const pathId = useId();
  const submit = async (): Promise<void> => {
    setProgress({ state: 'running' });
    try {
      const report = await client.runs.import({ path: path.trim(), follow }, { context: { timeoutMs: IMPORT_TIMEOUT_MS } });
      setProgress({ state: 'done', report });
    } catch (error) {
      setProgress({ state: 'failed', problem: describeError(error) });
    }
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (path.trim() !== '' && progress.state !== 'running') void submit();
  };
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next) => {
        importDialog.setState({ open: next });
        if (next) setProgress({ state: 'idle' });
      }}
    >
      <Dialog.Trigger
        render={
          <Button size="small" testId="import-runs" title="Import runs" command="training.import" keyIn="title">
            Import
          </Button>
        }
      />
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['backdrop']} />
        <Dialog.Popup className={styles['dialog']} data-testid="import-dialog">
          <Dialog.Title className={styles['title']}>Import runs</Dialog.Title>
          <Dialog.Description className={styles['note']}>
            A file or a folder on this machine: an offline run of W&amp;B (.wandb), wandb-history.jsonl or another JSON-lines history, a
            trainer_state.json of TRL, or a trackio database. The files are read, never changed.
          </Dialog.Description>
          <form onSubmit={onSubmit} className={styles['form']}>
            <label htmlFor={pathId}>Path</label>
            <input
              id={pathId}
              data-testid="import-path"
              value={path}
              autoComplete="off"
              spellCheck={false}
              placeholder="/home/me/project/wandb/offline-run-…"
              onChange={(event) => setPath(event.target.value)}
            />
            <label className={styles['follow']}>
              <Checkbox.Root className={styles['box']} checked={follow} onCheckedChange={(checked) => setFollow(checked)}>
                <Checkbox.Indicator className={styles['tick']}>
                  <Icon name="check" size={12} />
                </Checkbox.Indicator>
              </Checkbox.Root>
              Follow while it trains
            </label>
            <Outcome progress={progress} />
            <div className={styles['actions']}>
              <Dialog.Close render={<Button>Close</Button>} />
              <Button variant="primary" type="submit" testId="import-start" disabled={path.trim() === '' || progress.state === 'running'}>
                Import
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Outcome({ progress }: { readonly progress: Progress }) {
  switch (progress.state) {
    case 'idle':
      return null;
    case 'running':
      return <p role="status">Reading…</p>;
    case 'failed':
      return (
        <p role="alert" className={styles['problem']} data-testid="import-problem">
          {progress.problem.message}
        </p>
      );
    case 'done':
      return (
        <div role="status" data-testid="import-report">
          <p>
            {plural(progress.report.runs.length, 'run')} {progress.report.changed ? 'imported.' : 'known already, with the same content.'}
          </p>
          {progress.report.notes.slice(0, 5).map((note) => (
            <p key={note} className={styles['note']}>
              {note}
            </p>
          ))}
        </div>
      );
  }
}
