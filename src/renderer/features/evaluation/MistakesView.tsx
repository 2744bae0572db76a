import { useEffect, useState } from 'react';
import type { EvaluationDetail, EvaluationId, KeptMistake, MistakenMessage } from '../../../contract/evaluations.ts';
import { placeHref, usePlace } from '../../app/useRoute.ts';
import { fixed, percent, words } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { ActionLabel } from '../../widgets/ActionChip.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { MessageViews } from '../../widgets/message/MessageDetails.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import styles from './MistakesView.module.css';

/** The costliest mistakes with a link to each message. */
export function MistakesView({ detail }: { readonly detail: EvaluationDetail }) {
  const { query } = usePlace();
  const { summary, mistakes } = detail;
  const wanted = Number(query.get('case') ?? Number.NaN);
  const shown = mistakes.find((mistake) => mistake.case === wanted) ?? mistakes[0] ?? null;
  if (shown === null) return <Empty title="Every action was acceptable." />;
  return (
    <div className={styles['columns']} data-testid="evaluation-mistakes">
      <Panel title={`Worst mistakes (${mistakes.length})`} label="Worst mistakes">
        <ul className={styles['list']}>
          {mistakes.map((mistake) => (
            <li key={mistake.case}>
              <a
                href={placeHref('evaluation', { path: [summary.id, 'mistakes'], query: { case: mistake.case } })}
                aria-current={mistake === shown ? 'true' : undefined}
                data-testid="evaluation-mistake"
              >
                <Row mistake={mistake} />
              </a>
            </li>
          ))}
        </ul>
      </Panel>
      <Message key={`${summary.id} ${shown.case}`} id={summary.id} mistake={shown} />
    </div>
  );
}

function Row({ mistake }: { readonly mistake: KeptMistake }) {
  const { label, vector, kind, taken, fitting, regret, threat, id } = mistake;
  return (
    <>
      <span className={styles['line']}>
        <strong>
          {label === 'malicious' ? <HostileText text={words(vector)} /> : `benign${vector === 'none' ? '' : `, ${words(vector)}`}`}
        </strong>
        <span>cost {fixed(regret)}</span>
      </span>
      <span className={styles['line']}>
        <span className={styles['actions']}>
          <ActionLabel action={taken} /> instead of <ActionLabel action={fitting} />
        </span>
        <span className={styles['muted']}>threat {percent(threat)}</span>
      </span>
      <span className={styles['muted']}>
        {words(kind)}, <HostileText text={id} />
      </span>
    </>
  );
}

type Answer = { readonly state: 'ready'; readonly message: MistakenMessage } | { readonly state: 'failed'; readonly problem: Problem };

function Message({ id, mistake }: { readonly id: EvaluationId; readonly mistake: KeptMistake }) {
  const { client } = usePlatform();
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    const closed = new AbortController();
    client.evaluations.message({ id, case: mistake.case }, { signal: closed.signal }).then(
      (message) => closed.signal.aborted || setAnswer({ state: 'ready', message }),
      (error: unknown) => closed.signal.aborted || setAnswer({ state: 'failed', problem: describeError(error) }),
    );
    return () => closed.abort();
  }, [client, id, mistake.case]);
  return (
    <Panel
      label="Message of the mistake"
      testId="evaluation-message"
      title={
        <>
          {words(mistake.kind)}, <HostileText text={mistake.source} />
        </>
      }
    >
      {answer === null ? <Empty title="Reading the message…" /> : null}
      {answer?.state === 'failed' ? <Empty title={answer.problem.message}>{answer.problem.advice}</Empty> : null}
      {answer?.state === 'ready' ? <MessageViews observed={answer.message} /> : null}
      <footer className={styles['truth']}>
        <span>
          {mistake.label === 'malicious' ? 'Malicious' : 'Benign'}: <HostileText text={words(mistake.vector)} />
        </span>
        <span className={styles['actions']}>
          Fits <ActionLabel action={mistake.fitting} />
        </span>
        <span className={styles['actions']}>
          Taken <ActionLabel action={mistake.taken} />
        </span>
        <span>Cost {fixed(mistake.regret)}</span>
      </footer>
    </Panel>
  );
}
