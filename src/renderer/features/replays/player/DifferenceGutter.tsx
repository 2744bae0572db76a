import type { Lane, LaneStep, PerLane } from '../../../../contract/live.ts';
import { signed } from '../../../lib/format.ts';
import { classes } from '../../../lib/classes.ts';
import type { Playback } from './playback.ts';
import type { Timeline } from './timeline.ts';
import styles from './DifferenceGutter.module.css';

interface DifferenceGutterProps {
  readonly timeline: Timeline;
  readonly playback: Playback;
}

/** What tells the lanes apart at the playhead, between them. */
export function DifferenceGutter({ timeline, playback }: DifferenceGutterProps) {
  const stepOf = (lane: Lane): LaneStep | null => {
    const view = timeline.at(playback.clock[lane]);
    return view.rows.at(-1)?.steps?.[lane] ?? null;
  };
  const steps: PerLane<LaneStep | null> = { baseline: stepOf('baseline'), trained: stepOf('trained') };
  const { baseline, trained } = steps;
  return (
    <section className={styles['gutter']} aria-label="Differences between the lanes" data-testid="difference-gutter">
      {baseline === null || trained === null ? (
        <p className={styles['none']} title="Only one lane has decided on this message">
          –
        </p>
      ) : (
        <dl>
          <Entry name="Message" differs={baseline.info.retry !== trained.info.retry} text="One lane saw a mutated retry" />
          <Entry name="Action" differs={baseline.decision.action !== trained.decision.action} text="The lanes chose different actions" />
          <Entry name="Verdict" differs={baseline.info.verdict !== trained.info.verdict} text="The verdicts differ" />
          <Figure name="Reward" value={trained.info.reward.total - baseline.info.reward.total} digits={2} unit="" />
          <Figure
            name="Budget"
            value={trained.budgetLeft - trained.info.ticks - baseline.budgetLeft + baseline.info.ticks}
            digits={0}
            unit="ticks"
          />
          <Figure name="Time" value={trained.decision.decisionMs - baseline.decision.decisionMs} digits={1} unit="ms" />
        </dl>
      )}
    </section>
  );
}

function Entry({ name, differs, text }: { readonly name: string; readonly differs: boolean; readonly text: string }) {
  return (
    <div title={differs ? text : 'The same in both lanes'}>
      <dt>{name}</dt>
      <dd className={classes(differs && styles['differs'])}>{differs ? '≠' : '='}</dd>
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: number;
  readonly digits: number;
  readonly unit: string;
}

function Figure({ name, value, digits, unit }: FigureProps) {
  return (
    <div title={`Trained less baseline${unit === '' ? '' : `, ${unit}`}`}>
      <dt>{name}</dt>
      <dd className={styles['figure']}>{signed(value, digits)}</dd>
    </div>
  );
}
