import { Checkbox } from '@base-ui/react/checkbox';
import { Dialog } from '@base-ui/react/dialog';
import { useCallback, useEffect, useId, useRef, useState, type DragEvent, type FormEvent } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { ImportReport } from '../../../contract/runs.ts';
import { bytes, count, plural } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { droppedFiles, holdsFiles, pickedFiles, type ChosenFile } from './droppedFiles.ts';
import { ImportCancelled, importFiles, importPath, type ImportStage, type OnStage } from './sendRuns.ts';
import styles from './ImportDialog.module.css';

interface ImportDialogState {
  readonly open: boolean;
  /** Dropped on the page, to be taken in at once. */
  readonly dropped: readonly ChosenFile[] | null;
}

/** Open from wherever an import is offered. */
export const importDialog = createStore<ImportDialogState>(() => ({ open: false, dropped: null }));

type Progress =
  | { readonly state: 'idle' | 'cancelled' }
  | { readonly state: 'running'; readonly stage: ImportStage }
  | { readonly state: 'failed'; readonly problem: Problem }
  | { readonly state: 'done'; readonly report: ImportReport };

interface ImportRun {
  readonly progress: Progress;
  readonly start: (work: (onStage: OnStage, signal: AbortSignal) => Promise<ImportReport>) => void;
  readonly cancel: () => void;
  readonly clear: () => void;
}

/** One import at a time. */
function useImport(): ImportRun {
  const [progress, setProgress] = useState<Progress>({ state: 'idle' });
  const running = useRef<AbortController | null>(null);
  const start = useCallback((work: (onStage: OnStage, signal: AbortSignal) => Promise<ImportReport>): void => {
    if (running.current !== null) return;
    const controller = new AbortController();
    running.current = controller;
    const run = async (): Promise<void> => {
      try {
        const report = await work((stage) => setProgress({ state: 'running', stage }), controller.signal);
        setProgress({ state: 'done', report });
      } catch (error) {
        setProgress(error instanceof ImportCancelled ? { state: 'cancelled' } : { state: 'failed', problem: describeError(error) });
      }
      running.current = null;
    };
    void run();
  }, []);
  const cancel = useCallback(() => running.current?.abort(), []);
  const clear = useCallback(() => {
    if (running.current === null) setProgress({ state: 'idle' });
  }, []);
  return { progress, start, cancel, clear };
}

/** Takes in runs: files and folders that are chosen or dropped, or a path on the machine where OmniGuard runs. */
export function ImportDialog() {
  const open = useStore(importDialog, (state) => state.open);
  const dropped = useStore(importDialog, (state) => state.dropped);
  const { client } = usePlatform();
  const [path, setPath] = useState('');
  const [follow, setFollow] = useState(true);
  const { progress, start, cancel, clear } = useImport();
  const pathId = useId();
  const busy = progress.state === 'running';
  const send = useCallback(
    (files: readonly ChosenFile[]): void => {
      if (files.length > 0) start((onStage, signal) => importFiles(client, files, onStage, signal));
    },
    [client, start],
  );
  useEffect(() => {
    if (dropped === null) return;
    importDialog.setState({ dropped: null });
    send(dropped);
  }, [dropped, send]);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (path.trim() !== '') start((onStage, signal) => importPath(client, path.trim(), follow, onStage, signal));
  };
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next) => {
        importDialog.setState({ open: next });
        if (next) clear();
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
            An offline run of W&amp;B (.wandb), wandb-history.jsonl or another JSON-lines history, a trainer_state.json of TRL, or a trackio
            database; or a folder with any of them. The files are read, never changed.
          </Dialog.Description>
          <form onSubmit={onSubmit} className={styles['form']}>
            <FilePicker busy={busy} onFiles={send} />
            <label htmlFor={pathId}>Or a path on the machine where OmniGuard runs</label>
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
              Follow the path while it trains
            </label>
            <Outcome progress={progress} />
            <div className={styles['actions']}>
              {busy ? (
                <Button icon="stop" testId="import-cancel" onClick={cancel}>
                  Cancel the import
                </Button>
              ) : null}
              <Dialog.Close render={<Button>Close</Button>} />
              <Button variant="primary" type="submit" testId="import-start" disabled={path.trim() === '' || busy}>
                Import the path
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Files or a folder, by the system's dialog or dropped here. */
function FilePicker({ busy, onFiles }: { readonly busy: boolean; readonly onFiles: (files: readonly ChosenFile[]) => void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    // An attribute that React's types do not know.
    folder.current?.setAttribute('webkitdirectory', '');
  }, []);
  const onDragOver = (event: DragEvent): void => {
    if (busy || !holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    setOver(true);
  };
  const onDrop = (event: DragEvent): void => {
    setOver(false);
    if (busy || !holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    // The page behind takes drops as well.
    event.stopPropagation();
    void droppedFiles(event.dataTransfer).then(onFiles);
  };
  return (
    <div
      className={styles['drop']}
      data-over={over}
      data-testid="import-drop"
      onDragOver={onDragOver}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <span>Drop files or folders here, or</span>
      <Button size="small" icon="import" testId="import-choose" disabled={busy} onClick={() => files.current?.click()}>
        Choose files
      </Button>
      <Button size="small" testId="import-choose-folder" disabled={busy} onClick={() => folder.current?.click()}>
        Choose a folder
      </Button>
      <input
        ref={files}
        className="visually-hidden"
        type="file"
        multiple
        accept=".wandb,.jsonl,.ndjson,.json,.db"
        aria-label="Files of runs"
        tabIndex={-1}
        data-testid="import-files"
        onChange={(event) => {
          onFiles(pickedFiles(event.target.files));
          event.target.value = '';
        }}
      />
      <input
        ref={folder}
        className="visually-hidden"
        type="file"
        aria-label="Folder of runs"
        tabIndex={-1}
        data-testid="import-folder"
        onChange={(event) => {
          onFiles(pickedFiles(event.target.files));
          event.target.value = '';
        }}
      />
    </div>
  );
}

function StageLine({ stage }: { readonly stage: ImportStage }) {
  if (stage.stage === 'sending') {
    return (
      <>
        <p role="status">
          Sending {bytes(stage.sent)} of {bytes(stage.total)}
        </p>
        <progress aria-label="Sent" max={1} value={stage.total === 0 ? 0 : stage.sent / stage.total} />
      </>
    );
  }
  const [done, total] = stage.files;
  return (
    <>
      <p role="status">
        Reading{total > 1 ? ` file ${done + 1} of ${total}` : ''}
        {stage.rows > 0 ? `, ${count(stage.rows)} rows so far` : '…'}
      </p>
      <progress aria-label="Files read" max={1} {...(total > 1 ? { value: done / total } : {})} />
    </>
  );
}

function Outcome({ progress }: { readonly progress: Progress }) {
  switch (progress.state) {
    case 'idle':
      return null;
    case 'running':
      return <StageLine stage={progress.stage} />;
    case 'cancelled':
      return <p role="status">The import was cancelled.</p>;
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
