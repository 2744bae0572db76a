import type { ReactNode } from 'react';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import styles from './Guide.module.css';
import type { Answered } from './useQuestion.ts';

interface DemonstrationProps<T> {
  readonly label: string;
  readonly testId: string;
  readonly controls: ReactNode;
  readonly asked: Answered<T>;
  /** A problem of the input that never reached the backend. */
  readonly inputProblem?: string | null;
  readonly children: (answer: T) => ReactNode;
}

/** A framed live demonstration: controls above, the engine's answer below; a refused input keeps the last answer in view. */
export function Demonstration<T>({ label, testId, controls, asked, inputProblem = null, children }: DemonstrationProps<T>) {
  const { answer, pending, retry } = asked;
  const problem = inputProblem ?? asked.problem;
  return (
    <section className={styles['demo']} aria-label={label} data-testid={testId}>
      <p className={styles['demoTitle']}>{label}</p>
      <div className={styles['controls']}>{controls}</div>
      {problem === null ? null : (
        <Notice
          tone="problem"
          testId={`${testId}-problem`}
          title={<HostileText text={problem} />}
          advice={answer === null ? null : 'Below is the answer to the last valid input.'}
          actions={
            inputProblem === null ? (
              <Button size="small" onClick={retry}>
                Try again
              </Button>
            ) : undefined
          }
        />
      )}
      {answer === null ? (
        problem === null ? (
          <Empty title="Asking the engine…" />
        ) : null
      ) : (
        <div className={styles['answer']} aria-busy={pending} data-stale={pending || problem !== null}>
          {children(answer)}
        </div>
      )}
    </section>
  );
}
