import { useCallback, useState } from 'react';
import type { ModelId } from '../../../contract/ids.ts';
import {
  DISPUTE_CAUSES,
  EXPORT_FORMATS,
  REVIEW_SOURCES,
  type AuditVerification,
  type DisputeCause,
  type ExportFilter,
  type ExportFormat,
  type ExportResult,
  type ReviewSource,
} from '../../../contract/review.ts';
import { count, middle, plural, words } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { JsonText } from '../../widgets/JsonView.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { useReview } from './ReviewContext.ts';
import { CAUSE_NAMES, SOURCE_NAMES } from './reviewWords.ts';
import { useAnswer } from './useAnswer.ts';
import styles from './Figures.module.css';

const EXPORT_TIMEOUT_MS = 600_000;
/** Of a line of the preview. */
const SAMPLE_CHARACTERS = 600;

const FORMATS: { readonly [F in ExportFormat]: { readonly label: string; readonly note: string } } = {
  jsonl: { label: 'JSONL suite', note: 'Labelled suite for eval and dataset' },
  csv: { label: 'CSV', note: 'For spreadsheets; formulas are made inert' },
  sft: { label: 'SFT rows', note: 'Training rows with body, fitting action and rewards' },
  dpo: { label: 'DPO pairs', note: 'prompt, chosen, rejected; ties are left out' },
};

/** Labels as data: what would be written, and the button that writes it. */
export function ExportView() {
  const { client, copyText } = usePlatform();
  const [format, setFormat] = useState<ExportFormat>('jsonl');
  const [filter, setFilter] = useState<ExportFilter>({});
  const ask = useCallback(
    (signal: AbortSignal) => client.review.exportPreview({ format, filter }, { signal, context: { timeoutMs: EXPORT_TIMEOUT_MS } }),
    [client, format, filter],
  );
  const { answer, reload } = useAnswer(ask);
  const [done, setDone] = useState<ExportResult | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const write = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      setDone(await client.review.exportLabels({ format, filter }, { context: { timeoutMs: EXPORT_TIMEOUT_MS } }));
    } catch (error) {
      setProblem(describeError(error));
    }
    setBusy(false);
  };
  return (
    <div className={styles['page']} data-testid="review-export">
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} />}
      {done === null ? null : (
        <Notice
          tone="info"
          testId="review-exported"
          title={`${plural(done.manifest.rows, 'row')} written.`}
          advice={done.file}
          actions={
            <Button size="small" icon="copy" onClick={() => void copyText(done.file)}>
              Copy the path
            </Button>
          }
        />
      )}
      <Panel title="Export labels" label="Export labels">
        <div className={styles['fit']}>
          <div className={styles['exportBar']}>
            <SelectField
              label="Format"
              value={format}
              options={EXPORT_FORMATS.map((value) => ({ value, ...FORMATS[value] }))}
              onChange={setFormat}
              testId="review-format"
            />
            <ExportFilters filter={filter} onChange={setFilter} />
            <Button
              variant="primary"
              testId="review-write"
              disabled={busy || answer.state !== 'ready' || answer.value.manifest.rows === 0}
              onClick={() => void write()}
            >
              Write into the data folder
            </Button>
          </div>
          {answer.state === 'loading' ? <Empty title="Reading the labels…" /> : null}
          {answer.state === 'failed' ? (
            <Empty title={answer.problem.message}>
              <Button onClick={reload}>Try again</Button>
            </Empty>
          ) : null}
          {answer.state === 'ready' ? (
            <>
              <p data-testid="review-export-rows">
                {plural(answer.value.manifest.rows, 'row')}: {count(answer.value.manifest.bySplit.train)} train,{' '}
                {count(answer.value.manifest.bySplit.dev)} dev, {count(answer.value.manifest.bySplit.test)} test, in{' '}
                {plural(answer.value.manifest.families, 'family', 'families')} that share no episode and no change. Only unanimous or
                adjudicated labels are written.
              </p>
              <p className={styles['muted']}>
                Left out:{' '}
                {Object.entries(answer.value.manifest.excluded)
                  .map(([name, items]) => `${count(items)} ${name}`)
                  .join(', ')}
                .
              </p>
              {answer.value.sample.map((line, index) => (
                <JsonText
                  key={index}
                  text={line.length > SAMPLE_CHARACTERS ? `${line.slice(0, SAMPLE_CHARACTERS)}…` : line}
                  className={styles['sample']}
                />
              ))}
            </>
          ) : null}
        </div>
      </Panel>
      <Audit />
    </div>
  );
}

const ANY = '';

interface ExportFiltersProps {
  readonly filter: ExportFilter;
  readonly onChange: (filter: ExportFilter) => void;
}

/** Which labels are written; splits stay those of all labels. */
function ExportFilters({ filter, onChange }: ExportFiltersProps) {
  const overview = useReview((model) => model.overview);
  const { causes, sources, family, model } = filter;
  /** Without what restricts nothing. */
  const set = (change: { readonly [K in keyof ExportFilter]: ExportFilter[K] | undefined }): void =>
    onChange(Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined)));
  return (
    <>
      <SelectField<DisputeCause | ''>
        label="Why disputed"
        value={causes?.[0] ?? ANY}
        options={[{ value: ANY, label: 'Any' }, ...DISPUTE_CAUSES.map((value) => ({ value, label: CAUSE_NAMES[value] }))]}
        onChange={(cause) => set({ causes: cause === ANY ? undefined : [cause] })}
        testId="export-cause"
      />
      <SelectField<ReviewSource | ''>
        label="Source"
        value={sources?.[0] ?? ANY}
        options={[{ value: ANY, label: 'Any' }, ...REVIEW_SOURCES.map((value) => ({ value, label: SOURCE_NAMES[value] }))]}
        onChange={(source) => set({ sources: source === ANY ? undefined : [source] })}
        testId="export-source"
      />
      <SelectField
        label="Attack family"
        value={family ?? ANY}
        options={[{ value: ANY, label: 'Any' }, ...(overview?.families ?? []).map((value) => ({ value, label: words(value) }))]}
        onChange={(value) => set({ family: value === ANY ? undefined : value })}
        testId="export-family"
      />
      <SelectField<ModelId | ''>
        label="Model"
        value={model ?? ANY}
        options={[{ value: ANY, label: 'Any' }, ...(overview?.models ?? []).map((value) => ({ value, label: value }))]}
        onChange={(value) => set({ model: value === ANY ? undefined : value })}
        testId="export-model"
      />
    </>
  );
}

/** Proves the chain from here. */
function Audit() {
  const { client } = usePlatform();
  const [result, setResult] = useState<AuditVerification | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const verify = async (): Promise<void> => {
    try {
      setResult(await client.review.verifyAudit(undefined, { context: { timeoutMs: EXPORT_TIMEOUT_MS } }));
      setProblem(null);
    } catch (error) {
      setProblem(describeError(error));
    }
  };
  return (
    <Panel title="Audit trail" label="Audit trail">
      <div className={styles['fit']}>
        <div className={styles['buttons']}>
          <Button icon="check" testId="review-verify" onClick={() => void verify()}>
            Verify the chain
          </Button>
          <span role="status" data-testid="review-verified">
            {problem === null ? verdict(result) : problem.message}
          </span>
        </div>
      </div>
    </Panel>
  );
}

function verdict(result: AuditVerification | null): string {
  if (result === null) return 'Every item, label and recalibration is a link of a hash chain.';
  if (result.broken !== null) return `Broken at event ${result.broken.seq}: ${result.broken.reason}.`;
  return `Whole: ${plural(result.events, 'event')}, newest link ${result.head === null ? 'none' : middle(result.head, 8)}.`;
}
