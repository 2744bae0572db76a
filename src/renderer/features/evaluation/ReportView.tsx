import { Tabs } from '@base-ui/react/tabs';
import { useState } from 'react';
import { EXPORT_KINDS, type EvaluationDetail, type EvaluationExportKind, type EvaluationId } from '../../../contract/evaluations.ts';
import { goToPlace, placeHref, usePlace } from '../../app/useRoute.ts';
import { count, middle } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { ActionsView } from './ActionsView.tsx';
import { CalibrationView } from './CalibrationView.tsx';
import { DriftView } from './DriftView.tsx';
import { MistakesView } from './MistakesView.tsx';
import { SummaryView } from './SummaryView.tsx';
import { ThresholdView } from './ThresholdView.tsx';
import { useEvaluation } from './useEvaluations.ts';
import styles from './ReportView.module.css';

const VIEWS = ['summary', 'actions', 'calibration', 'threshold', 'drift', 'mistakes'] as const;
type View = (typeof VIEWS)[number];

const VIEW_NAMES: { readonly [V in View]: string } = {
  summary: 'Summary',
  actions: 'Actions and slices',
  calibration: 'Calibration',
  threshold: 'Threshold',
  drift: 'Definition drift',
  mistakes: 'Mistakes',
};

/** One report: its head and its views. */
export function ReportView({ id }: { readonly id: EvaluationId }) {
  const { opened, reload } = useEvaluation(id);
  const { path } = usePlace();
  const view = VIEWS.find((name) => name === path[1]) ?? 'summary';
  switch (opened.state) {
    case 'loading':
      return <Empty title="Reading the report…" />;
    case 'failed':
      return (
        <Empty title={opened.problem.message}>
          {opened.problem.advice === null ? null : <p>{opened.problem.advice}</p>}
          <Button onClick={reload}>Try again</Button>
        </Empty>
      );
    case 'ready':
      return <Report detail={opened.detail} view={view} />;
  }
}

function Report({ detail, view }: { readonly detail: EvaluationDetail; readonly view: View }) {
  const { summary, report } = detail;
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <Tabs.Root
      className={styles['report']}
      value={view}
      onValueChange={(next: View) => goToPlace(placeHref('evaluation', { path: [summary.id, next] }), { replace: true })}
    >
      <header className={styles['head']}>
        <div className={styles['title']}>
          <h2 data-testid="evaluation-title">
            {report.model.name} on <HostileText text={report.suite.name} />
          </h2>
          <p className={styles['muted']}>
            {count(report.suite.rows)} messages, {count(report.suite.malicious)} malicious, {count(report.suite.benign)} benign; cost preset{' '}
            {report.costPreset}; {summary.finishedAt.slice(0, 16).replace('T', ' ')} UTC; SHA-256{' '}
            <span title={report.suite.sha256}>{middle(report.suite.sha256, 6)}</span>
          </p>
        </div>
        <Exports id={summary.id} onProblem={setProblem} />
      </header>
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} />}
      <Tabs.List className={styles['tabs']} aria-label="Views of the report">
        {VIEWS.map((name) => (
          <Tabs.Tab key={name} className={styles['tab']} value={name} data-testid={`evaluation-view-${name}`}>
            {VIEW_NAMES[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel className={styles['body']} value="summary">
        <SummaryView detail={detail} />
      </Tabs.Panel>
      <Tabs.Panel className={styles['body']} value="actions">
        <ActionsView metrics={report.model.metrics} />
      </Tabs.Panel>
      <Tabs.Panel className={styles['body']} value="calibration">
        <CalibrationView report={report} />
      </Tabs.Panel>
      <Tabs.Panel className={styles['body']} value="threshold">
        <ThresholdView detail={detail} />
      </Tabs.Panel>
      <Tabs.Panel className={styles['body']} value="drift">
        <DriftView report={report} />
      </Tabs.Panel>
      <Tabs.Panel className={styles['body']} value="mistakes">
        <MistakesView detail={detail} />
      </Tabs.Panel>
    </Tabs.Root>
  );
}

const EXPORTS: { readonly [K in EvaluationExportKind]: { readonly name: string; readonly type: string } } = {
  json: { name: 'JSON', type: 'application/json' },
  markdown: { name: 'Markdown', type: 'text/markdown;charset=utf-8' },
  svg: { name: 'SVG', type: 'image/svg+xml' },
};

/** The report as files, and the way to be rid of it. */
function Exports({ id, onProblem }: { readonly id: EvaluationId; readonly onProblem: (problem: Problem | null) => void }) {
  const { client, saveFile } = usePlatform();
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    onProblem(null);
    try {
      await work();
    } catch (error) {
      onProblem(describeError(error));
    }
  };
  const save = (kind: EvaluationExportKind): Promise<void> =>
    attempt(async () => {
      const { name, text } = await client.evaluations.export({ id, kind });
      saveFile(name, new Blob([text], { type: EXPORTS[kind].type }));
    });
  const remove = (): Promise<void> =>
    attempt(async () => {
      await client.evaluations.remove({ id });
      goToPlace(placeHref('evaluation'), { replace: true });
    });
  return (
    <div className={styles['buttons']}>
      {EXPORT_KINDS.map((kind) => (
        <Button
          key={kind}
          size="small"
          icon="export"
          testId={`evaluation-export-${kind}`}
          title={kind === 'svg' ? 'The reliability diagram' : 'The report, without any text of a message'}
          onClick={() => void save(kind)}
        >
          {EXPORTS[kind].name}
        </Button>
      ))}
      <Button
        size="small"
        icon="trash"
        aria-label="Remove this report"
        title="Remove this report"
        testId="evaluation-remove"
        onClick={() => void remove()}
      />
    </div>
  );
}
