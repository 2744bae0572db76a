import type { ReactNode } from 'react';
import { ACTION_LABELS, ACTIONS, type Action } from '../../../../contract/actions.ts';
import type { LaneStep } from '../../../../contract/live.ts';
import type { ReplayEpisode, StepTiming } from '../../../../contract/replays.ts';
import { count, fixed, milliseconds, percent, plural, signed, words } from '../../../lib/format.ts';
import { usePlatform } from '../../../platform/PlatformContext.ts';
import { Button } from '../../../widgets/Button.tsx';
import { JsonText, JsonView } from '../../../widgets/JsonView.tsx';
import styles from './Inspector.module.css';

interface InspectorProps {
  readonly step: LaneStep;
  readonly timing: StepTiming | null;
  readonly episode: ReplayEpisode;
}

/** Everything recorded about one lane's step, in the order in which it came about. */
export function Inspector({ step, timing, episode }: InspectorProps) {
  const { decision, info } = step;
  const { copyText } = usePlatform();
  const { config } = episode;
  const favourite = ACTIONS.reduce((best, action) => (decision.probabilities[action] > decision.probabilities[best] ? action : best));
  const parts = Object.entries(info.reward.usabilityParts);
  return (
    <div className={styles['body']} tabIndex={0} role="group" aria-label="Inspector">
      <Section
        title="Observation"
        action={
          <Button
            icon="copy"
            variant="quiet"
            size="small"
            aria-label="Copy the step as JSON"
            title="Copy the step as JSON"
            onClick={() => void copyText(JSON.stringify(step, null, 2))}
          />
        }
      >
        <Facts
          facts={[
            ['Budget left', `${fixed(step.budgetLeft, 0)} of ${config.budgetTicks} ticks`],
            ['Hints', String(step.hints.length)],
            ['Decoded layers', String(step.layers.length)],
            ['Normalised text', plural(step.normalizedText.length, 'character')],
          ]}
        />
        <div className={styles['text']} tabIndex={0} role="group" aria-label="Normalised text">
          <JsonText text={step.normalizedText.slice(0, 4_000)} />
        </div>
      </Section>
      <Section title="Model’s answer">
        <p>
          One forward pass; most probable label <code>{ACTION_LABELS[favourite]}</code> ({words(favourite)},{' '}
          {percent(decision.probabilities[favourite])}).{' '}
          {decision.expectedCost === null
            ? 'The most probable action was taken.'
            : `The cost rule chose ${words(decision.action)} at an expected cost of ${fixed(decision.expectedCost[decision.action])}.`}{' '}
          {decision.abstention === null ? '' : `Abstained: ${words(decision.abstention)}.`}
        </p>
        <Facts
          facts={[
            ['Mass on the six labels', percent(decision.labelMass, 1)],
            ['New tokens', count(decision.newTokens)],
            ['Confidence', percent(decision.confidence)],
          ]}
        />
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Label</th>
              <th scope="col">Action</th>
              <th scope="col">Probability</th>
              <th scope="col">Cost</th>
              <th scope="col">Worth</th>
            </tr>
          </thead>
          <tbody>
            {ACTIONS.map((action: Action) => (
              <tr key={action} aria-current={action === decision.action ? 'true' : undefined}>
                <td>
                  <code>{ACTION_LABELS[action]}</code>
                </td>
                <th scope="row">{words(action)}</th>
                <td>{percent(decision.probabilities[action], 2)}</td>
                <td>{decision.expectedCost === null ? '–' : fixed(decision.expectedCost[action], 3)}</td>
                <td>{info.counterfactual === null ? '–' : signed(info.counterfactual[action], 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
      <Section title="Reward terms">
        <Facts
          facts={[
            ...(['security', 'usability', 'latency', 'format', 'total'] as const).map((name): readonly [string, string] => [
              words(name),
              signed(info.reward[name], 4),
            ]),
            ...parts.map(([name, value]): readonly [string, string] => [`usability: ${words(name)}`, signed(value, 4)]),
          ]}
        />
      </Section>
      <Section title="Timing">
        <Facts
          facts={[
            ['Decision', `${milliseconds(decision.decisionMs)} ms`],
            ['Counted against the deadline', timing?.countedMs == null ? 'nothing' : `${milliseconds(timing.countedMs)} ms`],
            ['Deadline', `${count(config.decisionDeadlineMs)} ms`],
            ['Ticks taken', String(info.ticks)],
            ['Critic’s distance', timing?.embeddingDistance == null ? 'the engine’s own' : fixed(timing.embeddingDistance, 4)],
          ]}
        />
      </Section>
      <Section title="Decision and outcome as stored">
        <JsonView value={{ decision, info }} />
      </Section>
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

function Section({ title, action, children }: SectionProps) {
  return (
    <section className={styles['section']}>
      <h3>
        {title}
        {action}
      </h3>
      {children}
    </section>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl className={styles['facts']}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
