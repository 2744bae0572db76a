import { Tabs } from '@base-ui/react/tabs';
import { useEffect, useState } from 'react';
import type { CorpusId, CorpusSample, CorpusStatus } from '../../../contract/corpora.ts';
import { classes } from '../../lib/classes.ts';
import { count, words } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { JsonView } from '../../widgets/JsonView.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { SOURCE_NAMES } from './corpusView.ts';
import styles from './SamplesPanel.module.css';

const SAMPLES = 4;
const SUMMARY_CHARACTERS = 200;
const TEXT_CHARACTERS = 3_000;

/** Rows of a corpus as the messages that training draws. */
export function SamplesPanel({ corpora }: { readonly corpora: readonly CorpusStatus[] }) {
  const [id, setId] = useState<CorpusId>('witfoo');
  const [seed, setSeed] = useState(1);
  return (
    <Panel
      title="Rows as messages"
      label="Rows as messages"
      testId="data-samples"
      className={styles['panel']}
      actions={
        <Button size="small" variant="quiet" icon="reroll" testId="data-resample" onClick={() => setSeed((old) => old + 1)}>
          Others
        </Button>
      }
    >
      <Tabs.Root className={styles['tabs']} value={id} onValueChange={(value) => setId(value as CorpusId)}>
        <Tabs.List className={styles['list']} aria-label="Corpora">
          {corpora.map((corpus) => (
            <Tabs.Tab key={corpus.id} value={corpus.id} className={styles['tab']}>
              {SOURCE_NAMES[corpus.id]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {corpora.map((corpus) => (
          <Tabs.Panel key={corpus.id} value={corpus.id} className={styles['view']}>
            {/* A new corpus, seed or stock of rows begins anew, so that no stale rows are shown. */}
            <Samples key={`${corpus.id}-${seed}-${corpus.used > 0}-${corpus.revision}`} corpus={corpus} seed={seed} />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </Panel>
  );
}

type Loading =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly samples: readonly CorpusSample[] }
  | { readonly state: 'failed'; readonly problem: Problem };

function Samples({ corpus: { id, name, used }, seed }: { readonly corpus: CorpusStatus; readonly seed: number }) {
  const { client } = usePlatform();
  const [loading, setLoading] = useState<Loading>({ state: 'loading' });
  const [chosen, setChosen] = useState(0);
  // More rows than some change nothing here.
  const isEmpty = used === 0;
  useEffect(() => {
    if (isEmpty) return undefined;
    const closed = new AbortController();
    client.corpora.samples({ id, count: SAMPLES, seed }, { signal: closed.signal }).then(
      (samples) => setLoading({ state: 'ready', samples }),
      (error: unknown) => {
        if (!closed.signal.aborted) setLoading({ state: 'failed', problem: describeError(error) });
      },
    );
    return () => closed.abort();
  }, [client, id, seed, isEmpty]);
  if (isEmpty) {
    return (
      <Empty title={`Nothing of ${name} is cached`}>Start the corpus on the left: its rows appear here as the messages they become.</Empty>
    );
  }
  if (loading.state === 'loading') return <Empty title="Loading…" />;
  if (loading.state === 'failed') return <Notice tone="problem" title={loading.problem.message} advice={loading.problem.advice} />;
  const sample = loading.samples[chosen] ?? loading.samples[0];
  if (sample === undefined) return <Empty title="No row shows in a message">Ask for others, or stream more rows.</Empty>;
  return (
    <>
      <ul className={styles['rows']} aria-label={`Sample rows of ${name}`}>
        {loading.samples.map((one, index) => (
          <li key={one.row}>
            <button
              type="button"
              className={classes(styles['row'])}
              aria-pressed={one === sample}
              data-testid="data-sample"
              onClick={() => setChosen(index)}
            >
              <span className={styles['number']}>row {count(one.row)}</span>
              <span className={styles['text']}>
                <HostileText text={one.text.slice(0, SUMMARY_CHARACTERS)} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div
        className={styles['message']}
        tabIndex={0}
        role="group"
        aria-label={`Row ${sample.row} as a message`}
        data-testid="data-sample-message"
      >
        <p className={styles['caption']}>
          {words(sample.message.kind)} of {sample.message.context.server}
          {sample.message.context.tool === undefined ? '' : `, ${sample.message.context.tool}`}
        </p>
        <JsonView value={sample.message.message} />
        {sample.seeds.length === 0 ? null : (
          <>
            <p className={styles['caption']}>Payloads in its code, used in attacks and in quotations alike</p>
            <ul className={styles['seeds']}>
              {sample.seeds.map(({ family, value }) => (
                <li key={value}>
                  <span className={styles['family']}>{family}</span> <HostileText text={value} />
                </li>
              ))}
            </ul>
          </>
        )}
        <p className={styles['caption']}>Text of the row</p>
        <p className={styles['whole']}>
          <HostileText text={sample.text.slice(0, TEXT_CHARACTERS)} />
        </p>
      </div>
    </>
  );
}
