import { useEffect, useState } from 'react';
import type { ControlReference } from '../../../contract/corpora.ts';
import type { LaneStep } from '../../../contract/live.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { HostileText } from '../HostileText.tsx';
import { Empty, Notice } from '../Notice.tsx';
import styles from './ControlReferences.module.css';

type Found =
  { readonly step: LaneStep; readonly references: readonly ControlReference[] } | { readonly step: LaneStep; readonly problem: Problem };

/** The backend takes no longer question. */
const QUESTION_CHARACTERS = 4_000;

/** NIST controls that speak of what was seen in a message, beside the verdict on it and without a say in it. */
export function ControlReferences({ step }: { readonly step: LaneStep }) {
  const { client } = usePlatform();
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    const closed = new AbortController();
    const { rationale, evidence, restrictions } = step.decision;
    const text = [...step.hints.map((hint) => hint.text), ...evidence.map((piece) => piece.text), rationale].join('. ');
    client.corpora
      .controls({ text: text.slice(0, QUESTION_CHARACTERS), capabilities: [...restrictions] }, { signal: closed.signal })
      .then((references) => setFound({ step, references }))
      .catch((error: unknown) => {
        if (!closed.signal.aborted) setFound({ step, problem: describeError(error) });
      });
    return () => closed.abort();
  }, [client, step]);
  if (found === null || found.step !== step) return <Empty title="Searching…" />;
  if ('problem' in found) return <Notice tone="problem" title={found.problem.message} advice={found.problem.advice} />;
  if (found.references.length === 0) {
    return (
      <Empty title="No control to show">
        Controls come from the NIST corpus. Stream it on the Data page once; after that it works offline. Controls explain a verdict, they
        never change it.
      </Empty>
    );
  }
  return (
    <>
      <p className={styles['note']}>Found by the words of hints, evidence and rationale. They explain; they have no say in the verdict.</p>
      <ul className={styles['controls']} data-testid="control-references">
        {found.references.map(({ control, title, publication, excerpt }) => (
          <li key={control}>
            <h3>
              <HostileText text={control} /> <HostileText text={title} />
              {publication === '' ? null : (
                <span className={styles['publication']}>
                  <HostileText text={publication} />
                </span>
              )}
            </h3>
            <q>
              <HostileText text={excerpt} />
            </q>
          </li>
        ))}
      </ul>
    </>
  );
}
