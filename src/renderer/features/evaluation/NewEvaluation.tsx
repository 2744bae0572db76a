import { useId, useRef, useState, type FormEvent } from 'react';
import { useStore } from 'zustand';
import { COST_PRESETS, type CostPreset } from '../../../contract/decisions.ts';
import { SPLITS } from '../../../contract/episodes.ts';
import { MOST_EVALUATED, type EvaluationId, type EvaluationSource, type RunningEvaluation } from '../../../contract/evaluations.ts';
import { PHASES, type Phase } from '../../../contract/observation.ts';
import { useSystem } from '../../app/SystemContext.ts';
import { bytes, count, percent, PHASE_NAMES, words } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { SelectField, type SelectOption } from '../../widgets/SelectField.tsx';
import { choose, evaluationChoices, type SourceChoice } from './evaluationChoices.ts';
import { sendSuite } from './suiteUpload.ts';
import styles from './NewEvaluation.module.css';

const SOURCE_OPTIONS: readonly SelectOption<SourceChoice>[] = [
  { value: 'test', label: 'Generated, test split', note: 'No shipped model was trained on its servers and templates' },
  { value: 'dev', label: 'Generated, dev split', note: 'Used to fit calibration' },
  { value: 'train', label: 'Generated, train split', note: 'Servers and templates used for training' },
  { value: 'suite', label: 'Own suite', note: 'Labelled messages, JSON lines, at most 32 MiB' },
  { value: 'labels', label: 'Review labels', note: 'Decided items of the review queue' },
];
const PHASE_OPTIONS: readonly SelectOption<Phase | 'all'>[] = [
  { value: 'all', label: 'All in turn' },
  ...PHASES.map((value) => ({ value, label: PHASE_NAMES[value] })),
];
const COST_OPTIONS: readonly SelectOption<CostPreset>[] = COST_PRESETS.map((value) => ({ value, label: value }));
const MOST_SEED = 4_294_967_295;

interface NewEvaluationProps {
  readonly running: RunningEvaluation | null;
  readonly onStarted: (id: EvaluationId) => void;
}

/** What to evaluate on what; while something runs, how far it is. */
export function NewEvaluation({ running, onStarted }: NewEvaluationProps) {
  return (
    <Panel
      title={running === null ? 'New evaluation' : 'Running'}
      label="New evaluation"
      className={styles['panel']}
      testId="evaluation-new"
    >
      {running === null ? <Form onStarted={onStarted} /> : <Progress running={running} />}
    </Panel>
  );
}

function Form({ onStarted }: Pick<NewEvaluationProps, 'onStarted'>) {
  const { client } = usePlatform();
  const models = useSystem(({ info }) => info?.models ?? null);
  const decisive = models?.filter(({ entry }) => entry.role !== 'embedder') ?? [];
  const choices = useStore(evaluationChoices);
  const { source, messages, seed, phase, costPreset, file } = choices;
  const { entry: chosen } =
    decisive.find(({ entry }) => entry.id === choices.model) ?? decisive.find(({ entry }) => entry.role === 'trained') ?? decisive[0] ?? {};
  const model = chosen?.id ?? null;
  const [sending, setSending] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const isGenerated = SPLITS.some((split) => split === source);
  const wholeCount = wholeNumber(messages, 1, MOST_EVALUATED);
  const wholeSeed = wholeNumber(seed, 0, MOST_SEED);
  const isReady =
    model !== null &&
    sending === null &&
    (!isGenerated || (wholeCount !== null && wholeSeed !== null)) &&
    (source !== 'suite' || file !== null);

  const wanted = async (): Promise<EvaluationSource> => {
    if (source === 'labels') return { type: 'labels' };
    if (source !== 'suite') {
      return { type: 'bundled', split: source, count: wholeCount ?? 1, seed: wholeSeed ?? 0, ...(phase === 'all' ? {} : { phase }) };
    }
    if (file === null) throw new Error('Choose the file of the suite first.');
    return { type: 'suite', name: file.name.slice(0, 200), upload: await sendSuite(client, file, setSending) };
  };
  const start = async (): Promise<void> => {
    if (model === null) return;
    setProblem(null);
    setSending(0);
    try {
      const { id } = await client.evaluations.start({ modelId: model, source: await wanted(), costPreset });
      onStarted(id);
    } catch (error) {
      setProblem(describeError(error));
    }
    setSending(null);
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady) void start();
  };

  if (models === null) return <Empty title="Loading…" />;
  if (model === null) return <Empty title="No decision model is registered">See the Models page.</Empty>;
  return (
    <form className={styles['form']} onSubmit={onSubmit}>
      <SelectField
        label="Model"
        testId="evaluation-model"
        value={model}
        options={decisive.map(({ entry, state }) => ({
          value: entry.id,
          label: entry.id,
          note: state === 'ready' || state === 'not_loaded' ? `${entry.tier}, ${entry.role}` : words(state),
        }))}
        onChange={(picked) => choose({ model: picked })}
      />
      <SelectField
        label="Messages from"
        testId="evaluation-source"
        value={source}
        options={SOURCE_OPTIONS}
        onChange={(picked) => choose({ source: picked })}
      />
      {isGenerated ? (
        <>
          <div className={styles['pair']}>
            <NumberField
              label="Messages"
              testId="evaluation-count"
              value={messages}
              valid={wholeCount !== null}
              hint={`1 to ${count(MOST_EVALUATED)}`}
              onChange={(text) => choose({ messages: text })}
            />
            <NumberField
              label="Seed"
              testId="evaluation-seed"
              value={seed}
              valid={wholeSeed !== null}
              hint={`0 to ${count(MOST_SEED)}`}
              onChange={(text) => choose({ seed: text })}
            />
          </div>
          <SelectField
            label="Phase"
            testId="evaluation-phase"
            value={phase}
            options={PHASE_OPTIONS}
            onChange={(picked) => choose({ phase: picked })}
          />
        </>
      ) : null}
      {source === 'suite' ? <FileField file={file} onChange={(picked) => choose({ file: picked })} /> : null}
      <SelectField
        label="Cost preset"
        testId="evaluation-cost"
        value={costPreset}
        options={COST_OPTIONS}
        onChange={(picked) => choose({ costPreset: picked })}
      />
      {problem === null ? null : (
        <p role="alert" className={styles['problem']} data-testid="evaluation-refused">
          {problem.message} {problem.advice}
        </p>
      )}
      <Button variant="primary" type="submit" icon="play" testId="evaluation-start" disabled={!isReady}>
        {sending !== null && source === 'suite' ? `Sending ${percent(sending, 0)}` : 'Evaluate'}
      </Button>
    </form>
  );
}

function wholeNumber(text: string, least: number, most: number): number | null {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : null;
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly valid: boolean;
  /** Which numbers are valid, in words. */
  readonly hint: string;
  readonly onChange: (value: string) => void;
  readonly testId: string;
}

function NumberField({ label, value, valid, hint, onChange, testId }: NumberFieldProps) {
  const id = useId();
  return (
    <div className={styles['number']} title={valid ? undefined : `A whole number from ${hint}.`}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        data-testid={testId}
        inputMode="numeric"
        autoComplete="off"
        spellCheck={false}
        value={value}
        aria-invalid={!valid}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

function FileField({ file, onChange }: { readonly file: File | null; readonly onChange: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={styles['file']}>
      <Button size="small" icon="import" testId="evaluation-choose" onClick={() => input.current?.click()}>
        Choose a file
      </Button>
      <span className={styles['muted']}>
        {file === null ? (
          'id, source, group, kind, label, vector, action, acceptable, message, context'
        ) : (
          <HostileText text={`${file.name}, ${bytes(file.size)}`} />
        )}
      </span>
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        accept=".jsonl,.json,.ndjson"
        aria-label="Suite file"
        tabIndex={-1}
        data-testid="evaluation-file"
        onChange={(event) => {
          const [picked] = event.target.files ?? [];
          if (picked !== undefined) onChange(picked);
          event.target.value = '';
        }}
      />
    </div>
  );
}

const STAGE_WORDS: { readonly [S in RunningEvaluation['stage']]: string } = {
  preparing: 'Loading the models and reading the messages…',
  fitting: 'Fitting the linear baseline on generated messages of the train split…',
  evaluating: 'Deciding on each message, with the model and every baseline…',
  saving: 'Writing the report…',
};

function Progress({ running }: { readonly running: RunningEvaluation }) {
  const { client } = usePlatform();
  const [cancelling, setCancelling] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const cancel = async (): Promise<void> => {
    setCancelling(true);
    try {
      await client.evaluations.cancel({ id: running.id });
    } catch (error) {
      setProblem(describeError(error));
    }
    setCancelling(false);
  };
  const isCounting = running.stage === 'evaluating' || running.stage === 'saving';
  return (
    <div className={styles['form']} data-testid="evaluation-progress">
      <p>
        <strong>{running.model}</strong> on <HostileText text={running.suite} />
      </p>
      <p role="status" className={styles['muted']}>
        {STAGE_WORDS[running.stage]}
      </p>
      <progress
        aria-label="Messages decided"
        max={1}
        {...(isCounting && running.total > 0 ? { value: running.done / running.total } : {})}
      />
      <p className={styles['muted']}>{isCounting ? `${count(running.done)} of ${count(running.total)} messages` : ' '}</p>
      {problem === null ? null : (
        <p role="alert" className={styles['problem']}>
          {problem.message}
        </p>
      )}
      <Button icon="stop" testId="evaluation-cancel" disabled={cancelling} onClick={() => void cancel()}>
        Cancel
      </Button>
    </div>
  );
}
