import { Progress } from '@base-ui/react/progress';
import type { ReactNode } from 'react';
import type { CorpusStatus } from '../../../contract/corpora.ts';
import { classes } from '../../lib/classes.ts';
import { bytes, count, percent } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Notice } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { ClearCacheDialog } from './ClearCacheDialog.tsx';
import { progressOf, progressWords, skippedWords, STATE_WORDS } from './corpusView.ts';
import type { FollowedCorpora } from './corporaStore.ts';
import styles from './CorpusPanel.module.css';

interface CorpusPanelProps {
  readonly corpus: CorpusStatus;
  /** Rows that the next run streams on top of those there are; null: all. */
  readonly more: number | null;
  readonly act: FollowedCorpora['act'];
}

/** One streamed corpus: what it is, how far it is, and what can be done with it. */
export function CorpusPanel({ corpus, more, act }: CorpusPanelProps) {
  const { client } = usePlatform();
  const { id, name, state, rows, problem, offline } = corpus;
  const running = state === 'connecting' || state === 'streaming';
  const start = (): void => void act(() => client.corpora.start({ id, ...(more === null ? {} : { rows: rows + more }) }));
  return (
    <Panel
      title={
        <>
          {name}
          <span className={styles['state']} data-state={state} data-testid={`data-state-${id}`} role="status">
            {STATE_WORDS[state]}
            {offline ? ', offline' : ''}
          </span>
        </>
      }
      label={name}
      testId={`data-corpus-${id}`}
      actions={
        <>
          {running ? (
            <Button
              size="small"
              icon="pause"
              testId={`data-pause-${id}`}
              aria-label={`Pause ${name}`}
              onClick={() => void act(() => client.corpora.pause({ id }))}
            >
              Pause
            </Button>
          ) : (
            <Button
              size="small"
              icon="play"
              testId={`data-start-${id}`}
              aria-label={`${rows > 0 ? 'Stream more of' : 'Start streaming'} ${name}`}
              onClick={start}
            >
              {rows > 0 ? 'Stream more' : 'Start'}
            </Button>
          )}
          <Button
            size="small"
            variant="quiet"
            icon="stop"
            testId={`data-cancel-${id}`}
            aria-label={`Cancel ${name} and go back to its first row`}
            title="Stop and go back to the first row; the cache stays"
            disabled={!running && rows === 0}
            onClick={() => void act(() => client.corpora.cancel({ id }))}
          >
            Cancel
          </Button>
          <ClearCacheDialog
            corpus={corpus}
            disabled={running || corpus.cache.parts === 0}
            onClear={() => void act(() => client.corpora.clearCache({ id }))}
          />
        </>
      }
    >
      <div className={styles['body']}>
        <p className={styles['about']}>
          <span className={styles['use']}>{corpus.use}.</span> {corpus.repository}
          {corpus.revision === null ? '' : ` at ${corpus.revision.slice(0, 12)}`}. {corpus.licence}; {corpus.attribution}.
        </p>
        <Progress.Root
          value={progressOf(corpus) === null ? (running ? null : 0) : (progressOf(corpus) ?? 0) * 100}
          className={styles['progress']}
          aria-label={`Progress of ${name}`}
        >
          <Progress.Track className={styles['track']}>
            <Progress.Indicator className={classes(styles['indicator'], running && styles['moving'])} />
          </Progress.Track>
        </Progress.Root>
        <p className={styles['under']} data-testid={`data-rows-${id}`}>
          {progressWords(corpus)}
        </p>
        <dl className={styles['figures']}>
          <Figure name="Rows / s">{count(corpus.rowsPerSecond)}</Figure>
          <Figure name="Queue" title="Rows parsed and waiting; a full queue halts the download">
            <span data-testid={`data-queue-${id}`}>
              {count(corpus.queue.depth)} of {count(corpus.queue.capacity)}
            </span>
          </Figure>
          <Figure name="Used" title={skippedWords(corpus.skipped)}>
            {count(corpus.used)}
          </Figure>
          <Figure name="Unique" title="Share of texts that differ from all before">
            {percent(corpus.uniqueShare)}
          </Figure>
          <Figure name="Retries" title="Requests repeated in this run">
            {count(corpus.retries)}
          </Figure>
          <Figure name="Cache" title={`${count(corpus.cache.parts)} parts`}>
            <span data-testid={`data-cache-${id}`}>{bytes(corpus.cache.bytes)}</span>
          </Figure>
        </dl>
        {problem === null ? null : <Notice tone="problem" title={problem.message} testId={`data-problem-${id}`} />}
      </div>
    </Panel>
  );
}

function Figure({ name, title, children }: { readonly name: string; readonly title?: string; readonly children: ReactNode }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
