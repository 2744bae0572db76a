import { useCallback, useState } from 'react';
import type { GuideReturn, GuideTrap, GuideTrapInput } from '../../../contract/guide.ts';
import type { Phase } from '../../../contract/observation.ts';
import { count, plural, words } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { ActionLabel } from '../../widgets/ActionChip.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { VerdictBadge } from '../../widgets/VerdictBadge.tsx';
import { Demonstration } from './Demonstration.tsx';
import { useFacts } from './FactsContext.ts';
import { PhaseField, SeedButton } from './fields.tsx';
import styles from './Guide.module.css';
import { ObservedView } from './ObservedView.tsx';
import { useQuestion } from './useQuestion.ts';

/** A block in an episode of the engine's, and the attack that came back for it. */
export function TrapEpisode() {
  const { client } = usePlatform();
  const [phase, setPhase] = useState<Phase>('evasion_obfuscation');
  const [seed, setSeed] = useState(1);
  const ask = useCallback((input: GuideTrapInput, signal: AbortSignal) => client.guide.trap(input, { signal }), [client]);
  const asked = useQuestion<GuideTrapInput, GuideTrap | null>({ phase, split: 'test', seed }, ask);
  const next = asked.answer === null ? seed : asked.answer.seed;
  return (
    <Demonstration
      label="An attack that was blocked, and what came back"
      testId="guide-trap"
      asked={asked}
      controls={
        <>
          <PhaseField value={phase} onChange={setPhase} testId="guide-trap-phase" />
          {/* The episode shown may be a later one than was asked for: the next one starts behind it. */}
          <SeedButton seed={seed} onChange={() => setSeed(Math.max(seed, next) + 1)} testId="guide-trap-seed" />
        </>
      }
    >
      {(trap) => (trap === null ? <p>No attack came back in 200 episodes from this seed on.</p> : <Trap trap={trap} />)}
    </Demonstration>
  );
}

function Trap({ trap: { seed, episodes, position, action, outcome, blocked, returns } }: { readonly trap: GuideTrap }) {
  const { message, truth } = blocked;
  return (
    <>
      <p data-testid="guide-trap-blocked">
        Episode of seed {seed}, message {position + 1}: <strong>{words(truth.vector)}</strong> in a {words(message.kind)} of{' '}
        <HostileText text={message.context.server} />, in plain words. <ActionLabel action={action} />: {words(outcome)}.{' '}
        <span className={styles['muted']}>
          {episodes === 1 ? '' : `${plural(episodes - 1, 'episode')} before it had no attack that came back. `}
          It came back {returns.length === 1 ? 'once' : `${count(returns.length)} times`}.
        </span>
      </p>
      <ol className={styles['steps']} data-testid="guide-trap-returns">
        {returns.map((back) => (
          <li key={back.position}>
            <Return back={back} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Return({ back }: { readonly back: GuideReturn }) {
  const { mutators: known } = useFacts();
  const { position, mutators, observed, changes, recovered, action, outcome, verdict } = back;
  const layer = recovered.layer === null ? undefined : observed.layers[recovered.layer];
  const inverseOf = (name: string): string => {
    const inverse = known.find((mutator) => mutator.name === name)?.inverse ?? null;
    return inverse === null ? 'no inverse' : `undone as ${words(inverse)}`;
  };
  return (
    <div className={styles['return']}>
      <p>
        Message {position + 1} instead of the stream’s, disguised by{' '}
        {mutators.map((name, index) => (
          <span key={index}>
            {index === 0 ? '' : ', then '}
            <strong>{words(name)}</strong> ({inverseOf(name)})
          </span>
        ))}
        . <ActionLabel action={action} />: {words(outcome)} <VerdictBadge verdict={verdict} />
      </p>
      <dl className={styles['changes']}>
        {changes.map(({ pointer, before, after }) => (
          <div key={pointer}>
            <dt>
              <code>
                <HostileText text={pointer} />
              </code>
            </dt>
            <dd>
              <span className="visually-hidden">Blocked: </span>
              <del>{before === null ? 'not there' : <HostileText text={before} />}</del>
              <span className="visually-hidden">Came back: </span>
              <ins>{after === null ? 'not there' : <HostileText text={after} />}</ins>
            </dd>
          </div>
        ))}
      </dl>
      <p>
        {recovered.where === 'text'
          ? 'The normaliser undoes it: the words of the blocked message are readable in the normalised text.'
          : null}
        {recovered.where === 'layer'
          ? `The normaliser undoes it: the words of the blocked message are in the decoded layer “${words(layer?.encoding ?? '')}”.`
          : null}
        {recovered.where === 'nowhere'
          ? 'The words of the blocked message are gone: another wording, another place or deeper than the normaliser goes.'
          : null}
      </p>
      <ObservedView observed={observed} />
    </div>
  );
}
