import { useEffect, useState } from 'react';
import { evaluationIdSchema, type EvaluationId, type EvaluationStatus } from '../../../contract/evaluations.ts';
import { goToPlace, placeHref, usePlace } from '../../app/useRoute.ts';
import { Button } from '../../widgets/Button.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { NewEvaluation } from './NewEvaluation.tsx';
import { ReportList } from './ReportList.tsx';
import { ReportView } from './ReportView.tsx';
import { useEvaluations } from './useEvaluations.ts';
import styles from './EvaluationPage.module.css';

/** How good a model is: evaluations on labelled messages, and the reports that were kept. `#/evaluation/<id>/<view>?case=<n>`. */
export function EvaluationPage() {
  const { status, problem } = useEvaluations();
  const { path } = usePlace();
  const [mine, setMine] = useState<EvaluationId | null>(null);
  const [dismissed, setDismissed] = useState<EvaluationId | null>(null);
  const ended = status?.ended ?? null;
  const arrived = ended !== null && ended.id === mine && ended.outcome === 'finished';
  useEffect(() => {
    if (arrived && mine !== null) goToPlace(placeHref('evaluation', { path: [mine] }));
  }, [arrived, mine]);
  const named = evaluationIdSchema.safeParse(path[0]);
  const shown = named.success ? named.data : (status?.reports[0]?.id ?? null);
  return (
    <div className={styles['page']}>
      <h1 className="visually-hidden">Evaluation</h1>
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} testId="evaluation-problem" />}
      {ended?.outcome === 'failed' && ended.id !== dismissed && status?.running === null ? (
        <Notice
          tone="problem"
          title={ended.problem ?? 'The evaluation failed.'}
          testId="evaluation-failed"
          actions={<Button icon="close" variant="quiet" aria-label="Dismiss" onClick={() => setDismissed(ended.id)} />}
        />
      ) : null}
      <div className={styles['columns']}>
        <div className={styles['side']}>
          <NewEvaluation running={status?.running ?? null} onStarted={setMine} />
          <ReportList reports={status?.reports ?? null} shown={shown} />
        </div>
        <div className={styles['main']}>
          <Main status={status} shown={shown} />
        </div>
      </div>
    </div>
  );
}

function Main({ status, shown }: { readonly status: EvaluationStatus | null; readonly shown: EvaluationId | null }) {
  if (shown !== null) return <ReportView key={shown} id={shown} />;
  if (status === null) return <Empty title="Loading the reports…" />;
  return (
    <Empty title="No evaluation yet">
      Choose a model and labelled messages, then start. The report shows how much the model stops, how much good traffic it holds up, how
      far its probabilities can be trusted, and its worst mistakes, beside baselines that read the same messages.
    </Empty>
  );
}
