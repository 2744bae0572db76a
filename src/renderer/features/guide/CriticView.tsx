import { useMemo } from 'react';
import type { CriticReport } from '../../../contract/episodes.ts';
import type { GuideComparedTexts } from '../../../contract/guide.ts';
import { classes } from '../../lib/classes.ts';
import { fixed } from '../../lib/format.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { diffSegments } from '../../lib/diffSegments.ts';
import styles from './Guide.module.css';

const REFERENCES: { readonly [R in CriticReport['reference']]: string } = {
  pinned_baseline: 'the pinned definition',
  surface_text: 'the text on the surface, with the decoded text',
  user_task: 'the user’s task',
};
/** Of the texts; the critic reads up to 8,000 characters. */
const SHOWN = 4_000;

/** The critic's figures as a sentence and bars, and the difference it works on. */
export function CriticView({ critic, compared }: { readonly critic: CriticReport | null; readonly compared: GuideComparedTexts | null }) {
  if (critic === null || compared === null) {
    return (
      <p className={styles['muted']}>
        The message has no reference: no pinned definition, no decoded layer and no user task to compare with.
      </p>
    );
  }
  const { drift, threshold, driftFound, parts, score } = critic;
  return (
    <>
      <p data-testid="guide-critic">
        Drift {fixed(drift)} against {REFERENCES[compared.kind]}; threshold {fixed(threshold)}:{' '}
        <strong>{driftFound ? 'drift found' : 'no drift'}</strong>. Score of a catch {fixed(score)}.
      </p>
      <dl className={styles['meters']}>
        {(['embedding', 'lexical', 'structural'] as const).map((part) => (
          <div key={part}>
            <dt>{part}</dt>
            <dd>
              <span className={styles['meter']} aria-hidden="true">
                <span style={{ inlineSize: `${parts[part] * 100}%` }} />
              </span>
              {fixed(parts[part])}
            </dd>
          </div>
        ))}
      </dl>
      <Difference compared={compared} spans={critic.spans} />
    </>
  );
}

function Difference({ compared, spans }: { readonly compared: GuideComparedTexts; readonly spans: CriticReport['spans'] }) {
  const segments = useMemo(
    () => diffSegments(compared.reference.slice(0, SHOWN), compared.candidate.slice(0, SHOWN), spans),
    [compared, spans],
  );
  return (
    <div className={styles['diff']} role="group" aria-label="Difference" data-testid="guide-difference">
      {segments.map(({ kind, text, driving }, index) => {
        const className = classes(driving && styles['driving'], kind !== 'same' && styles[kind]);
        const Tag = kind === 'added' ? 'ins' : kind === 'removed' ? 'del' : 'span';
        return (
          <Tag key={index} className={className} title={driving ? 'Among the spans that differ most' : undefined}>
            <HostileText text={text} />
          </Tag>
        );
      })}
    </div>
  );
}
