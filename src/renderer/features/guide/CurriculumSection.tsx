import { useCallback, useMemo, useState } from 'react';
import { ACTIONS, type Action } from '../../../contract/actions.ts';
import type { GuideBudget, GuideBudgetInput, GuideCurriculum } from '../../../contract/guide.ts';
import { PHASES } from '../../../contract/observation.ts';
import { budgetChartOption } from '../../charts/budgetChart.ts';
import { curriculumChartOption } from '../../charts/curriculumChart.ts';
import { EChart } from '../../charts/EChart.tsx';
import { useChartColours } from '../../charts/useChartColours.ts';
import { ACTION_NAMES, count, fixed, percent, PHASE_NAMES, signed } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { SelectField } from '../../widgets/SelectField.tsx';
import { Demonstration } from './Demonstration.tsx';
import { useFacts } from './FactsContext.ts';
import { RangeField } from './fields.tsx';
import styles from './Guide.module.css';
import { useQuestion } from './useQuestion.ts';

export function CurriculumSection() {
  const { config, latency } = useFacts();
  const { curriculum, budgetTicks, decisionDeadlineMs } = config;
  return (
    <>
      <p>
        Attacks grow harder in three phases. After every episode its score, F1 less the overrun of the budget, enters a moving average with
        α = {curriculum.alpha}. A phase ends once the average has reached its threshold and at least {curriculum.minEpisodes} episodes were
        played in it; there is no way back.
      </p>
      <div className={styles['scroll']} tabIndex={0} role="group" aria-label="The phases">
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Phase</th>
              <th scope="col">Malicious</th>
              <th scope="col">Obfuscated</th>
              <th scope="col">STDIO escapes</th>
              <th scope="col">Ends at an average of</th>
            </tr>
          </thead>
          <tbody>
            {PHASES.map((phase, index) => {
              const { malicious, obfuscated, stdio } = curriculum.phases[phase];
              return (
                <tr key={phase}>
                  <th scope="row">{PHASE_NAMES[phase]}</th>
                  <td>{percent(malicious, 0)}</td>
                  <td>{percent(obfuscated, 0)}</td>
                  <td>{percent(stdio, 0)}</td>
                  <td>{fixed(curriculum.thresholds[index] ?? null)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p>
        In the last phase attacks also come as chains of several messages, reconnaissance, staging, then exfiltration or escape, each of
        them ambiguous alone.
      </p>
      <Curriculum />
      <p>
        Time decays what a decision is worth. An episode has a budget of {budgetTicks} ticks. A decision takes {latency.immediateTicks}, one
        that waits for a review (SPOTLIGHT, SEMANTIC_DIFF) {latency.deferredTicks}, and every further deadline of{' '}
        {count(decisionDeadlineMs)} ms that it runs into one more, at most {latency.maxSlowTicks}. Each step played over the budget costs
        the overrun as a share of the budget, at most {fixed(latency.overrunCap)}.
      </p>
      <Budget />
    </>
  );
}

/** Scores that run evenly from the first episode's to the last one's. */
function evenScores(episodes: number, first: number, last: number): number[] {
  return Array.from({ length: episodes }, (_, index) => first + ((last - first) * index) / Math.max(1, episodes - 1));
}

function Curriculum() {
  const { client } = usePlatform();
  const { curriculum } = useFacts().config;
  const [episodes, setEpisodes] = useState(250);
  const [first, setFirst] = useState(20);
  const [last, setLast] = useState(90);
  const scores = useMemo(() => evenScores(episodes, first / 100, last / 100), [episodes, first, last]);
  const ask = useCallback(
    async (input: { scores: number[] }, signal: AbortSignal) => ({
      scores: input.scores,
      states: await client.guide.curriculum(input, { signal }),
    }),
    [client],
  );
  const asked = useQuestion({ scores }, ask);
  return (
    <Demonstration
      label="The curriculum over a run of episodes"
      testId="guide-curriculum"
      asked={asked}
      controls={
        <>
          <RangeField
            label="Episodes"
            value={episodes}
            min={10}
            max={600}
            step={10}
            shown={count(episodes)}
            onChange={setEpisodes}
            testId="guide-curriculum-episodes"
          />
          <RangeField label="First score" value={first} min={0} max={100} shown={fixed(first / 100)} onChange={setFirst} />
          <RangeField
            label="Last score"
            value={last}
            min={0}
            max={100}
            shown={fixed(last / 100)}
            onChange={setLast}
            testId="guide-curriculum-last"
          />
        </>
      }
    >
      {(played) => <CurriculumCurve {...played} thresholds={curriculum.thresholds} />}
    </Demonstration>
  );
}

function CurriculumCurve({
  scores,
  states,
  thresholds,
}: {
  readonly scores: readonly number[];
  readonly states: GuideCurriculum;
  readonly thresholds: readonly number[];
}) {
  const colours = useChartColours();
  const option = useMemo(() => curriculumChartOption(scores, states, thresholds, colours), [scores, states, thresholds, colours]);
  const changes = PHASES.slice(1).flatMap((phase) => {
    const at = states.findIndex((state) => state.phase === phase);
    return at < 0 ? [] : [`${PHASE_NAMES[phase]} begins after episode ${at + 1}`];
  });
  const last = states.at(-1);
  const words = `${changes.length === 0 ? 'The first phase does not end' : changes.join('; ')}. The average ends at ${fixed(last?.average ?? null)}.`;
  return (
    <>
      <p data-testid="guide-curriculum-words">{words}</p>
      <div className={styles['chart']}>
        <EChart option={option} label={`Line chart of episode scores and their moving average. ${words}`} />
      </div>
      <p className={styles['muted']}>
        Solid: moving average. Dashed: score of each episode. Lines across: thresholds; upright: a new phase.
      </p>
    </>
  );
}

function Budget() {
  const { client } = usePlatform();
  const { config } = useFacts();
  const [action, setAction] = useState<Action>('SPOTLIGHT');
  const [decisionMs, setDecisionMs] = useState(200);
  const ask = useCallback(
    (input: { decisions: { action: Action; decisionMs: number }[] }, signal: AbortSignal) => client.guide.budget(input, { signal }),
    [client],
  );
  const input = useMemo(
    () => ({ decisions: Array.from({ length: config.episodeLength }, () => ({ action, decisionMs })) }),
    [config, action, decisionMs],
  );
  const asked = useQuestion<GuideBudgetInput & typeof input, GuideBudget>(input, ask);
  return (
    <Demonstration
      label="The latency budget of one episode"
      testId="guide-budget"
      asked={asked}
      controls={
        <>
          <div className={styles['select']}>
            <SelectField
              label="Every decision"
              value={action}
              options={ACTIONS.map((value) => ({ value, label: ACTION_NAMES[value] }))}
              onChange={setAction}
              testId="guide-budget-action"
            />
          </div>
          <RangeField
            label="Time of a decision"
            value={decisionMs}
            min={0}
            max={6_000}
            step={100}
            shown={`${count(decisionMs)} ms`}
            onChange={setDecisionMs}
            testId="guide-budget-ms"
          />
        </>
      }
    >
      {(steps) => <BudgetCurve steps={steps} total={config.budgetTicks} />}
    </Demonstration>
  );
}

function BudgetCurve({ steps, total }: { readonly steps: GuideBudget; readonly total: number }) {
  const colours = useChartColours();
  const option = useMemo(() => budgetChartOption(steps, total, colours), [steps, total, colours]);
  const over = steps.findIndex(({ left }) => left < 0);
  const words =
    over < 0
      ? `The budget holds: ${steps.at(-1)?.left ?? total} of ${total} ticks are left.`
      : `The budget is overdrawn from decision ${over + 1} on; the last decision costs ${signed(steps.at(-1)?.latency ?? 0)}.`;
  return (
    <>
      <p data-testid="guide-budget-words">{words}</p>
      <div className={styles['chart']}>
        <EChart option={option} label={`Line chart of the ticks left after each decision and of the latency reward. ${words}`} />
      </div>
      <p className={styles['muted']}>Solid: ticks left, scale on the left. Dashed: latency reward of the step, scale on the right.</p>
    </>
  );
}
