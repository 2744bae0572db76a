import { useState } from 'react';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { CachePanel } from './CachePanel.tsx';
import { useCorpora } from './corporaStore.ts';
import { CorpusPanel } from './CorpusPanel.tsx';
import { MixPanel } from './MixPanel.tsx';
import { SamplesPanel } from './SamplesPanel.tsx';
import styles from './DataPage.module.css';

const RUN_SIZES = ['1000', '10000', '100000', 'all'] as const;
type RunSize = (typeof RUN_SIZES)[number];
const SIZE_NAMES: { readonly [S in RunSize]: string } = {
  '1000': '1,000 rows',
  '10000': '10,000 rows',
  '100000': '100,000 rows',
  all: 'all rows',
};

/** The corpora streamed from the Hugging Face Hub, rows of them as messages, and the mix that training draws from. */
export function DataPage() {
  const { snapshot, problem, act } = useCorpora();
  const [size, setSize] = useState<RunSize>('10000');
  return (
    <div className={styles['page']}>
      <div className={styles['top']}>
        <h1>Data</h1>
        <p className={styles['muted']}>
          {snapshot === null
            ? ''
            : `Streamed from ${snapshot.hub.url}${snapshot.hub.hasToken ? ' with HF_TOKEN' : ''}. Nothing is downloaded before you start a corpus.`}
        </p>
        <div className={styles['size']}>
          <SelectField
            label="A run streams"
            value={size}
            onChange={setSize}
            testId="data-run-size"
            options={RUN_SIZES.map((value) => ({ value, label: SIZE_NAMES[value] }))}
          />
        </div>
      </div>
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} testId="data-problem" />}
      {snapshot === null ? (
        problem === null ? (
          <Empty title="Loading…" />
        ) : null
      ) : (
        <div className={styles['columns']}>
          <div className={styles['corpora']}>
            {snapshot.corpora.map((corpus) => (
              <CorpusPanel key={corpus.id} corpus={corpus} more={size === 'all' ? null : Number(size)} act={act} />
            ))}
            <CachePanel snapshot={snapshot} act={act} />
          </div>
          <div className={styles['side']}>
            <MixPanel snapshot={snapshot} act={act} />
            <SamplesPanel corpora={snapshot.corpora} />
          </div>
        </div>
      )}
    </div>
  );
}
