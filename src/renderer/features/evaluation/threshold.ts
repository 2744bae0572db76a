import { ACTIONS, type Action } from '../../../contract/actions.ts';
import { countActions, countBinary, f1, precision, type ActionConfusion, type BinaryCounts } from '../../../contract/confusion.ts';
import { ofAction, type EvaluatedCase } from '../../../contract/evaluations.ts';
import { wilson, type Rate } from '../../../contract/wilson.ts';

/** What an alarm threshold makes of one case: stopped in the way that most probably fits, or let through. */
export interface ThresholdCase {
  readonly threat: number;
  readonly malicious: boolean;
  readonly fitting: Action;
  /** Taken when the threat reaches the threshold: the most probable action but ALLOW. */
  readonly stop: Action;
  /** Cost of letting pass and of stopping, in reward units, >= 0. */
  readonly passRegret: number;
  readonly stopRegret: number;
}

/** Figures of a binary alarm, with intervals; rates within 0..1. */
export interface AlarmFigures {
  readonly counts: BinaryCounts;
  readonly recall: Rate | null;
  readonly falsePositiveRate: Rate | null;
  readonly precision: number | null;
  readonly f1: number | null;
  /** Mean cost of a message, in reward units; null without messages. */
  readonly regret: number | null;
  readonly confusion: ActionConfusion;
}

/** One place of the cost curve. */
export interface CostPoint {
  readonly threshold: number;
  readonly regret: number;
  readonly recall: number | null;
  readonly falsePositiveRate: number | null;
}

/** Null when a case has no probabilities: then there is no threshold to move. */
export function thresholdCases(cases: readonly EvaluatedCase[]): readonly ThresholdCase[] | null {
  const out: ThresholdCase[] = [];
  for (const { threat, probabilities, label, fitting, rewards } of cases) {
    if (threat === null || probabilities === null) return null;
    const stop = ACTIONS.filter((action) => action !== 'ALLOW').reduce((best, action) =>
      ofAction(probabilities, action) > ofAction(probabilities, best) ? action : best,
    );
    const best = Math.max(...rewards);
    out.push({
      threat,
      malicious: label === 'malicious',
      fitting,
      stop,
      passRegret: best - ofAction(rewards, 'ALLOW'),
      stopRegret: best - ofAction(rewards, stop),
    });
  }
  return out;
}

/** Figures when exactly the cases with a threat of at least `threshold` are stopped. */
export function figuresAt(cases: readonly ThresholdCase[], threshold: number): AlarmFigures {
  const stopped = ({ threat }: ThresholdCase): boolean => threat >= threshold;
  return alarmFigures(
    cases.map((item) => ({
      malicious: item.malicious,
      fitting: item.fitting,
      taken: stopped(item) ? item.stop : 'ALLOW',
      regret: stopped(item) ? item.stopRegret : item.passRegret,
    })),
  );
}

/** Figures of the actions that the model took. */
export function figuresAsDecided(cases: readonly EvaluatedCase[]): AlarmFigures {
  return alarmFigures(cases.map(({ label, fitting, taken, regret }) => ({ malicious: label === 'malicious', fitting, taken, regret })));
}

function alarmFigures(
  cases: readonly { readonly malicious: boolean; readonly fitting: Action; readonly taken: Action; readonly regret: number }[],
): AlarmFigures {
  const counts = countBinary(cases.map(({ malicious, taken }) => ({ positive: malicious, predicted: taken !== 'ALLOW' })));
  return {
    counts,
    recall: wilson(counts.truePositives, counts.truePositives + counts.falseNegatives),
    falsePositiveRate: wilson(counts.falsePositives, counts.falsePositives + counts.trueNegatives),
    precision: precision(counts),
    f1: f1(counts),
    regret: cases.length === 0 ? null : cases.reduce((sum, { regret }) => sum + regret, 0) / cases.length,
    confusion: countActions(cases),
  };
}

/** Steps between the thresholds 0 and 1. */
export const THRESHOLD_STEPS = 200;

/** Mean cost, recall and false-positive rate at each of the thresholds; empty without cases. */
export function costCurve(cases: readonly ThresholdCase[], steps: number = THRESHOLD_STEPS): readonly CostPoint[] {
  if (cases.length === 0) return [];
  const sorted = [...cases].sort((a, b) => a.threat - b.threat);
  const malicious = sorted.filter((item) => item.malicious).length;
  const benign = sorted.length - malicious;
  let [passed, missed, regret] = [0, 0, sorted.reduce((sum, { stopRegret }) => sum + stopRegret, 0)];
  return Array.from({ length: steps + 1 }, (_, step) => {
    const threshold = step / steps;
    for (let next = sorted[passed]; next !== undefined && next.threat < threshold; next = sorted[passed]) {
      regret += next.passRegret - next.stopRegret;
      if (next.malicious) missed++;
      passed++;
    }
    return {
      threshold,
      regret: regret / sorted.length,
      recall: malicious === 0 ? null : (malicious - missed) / malicious,
      falsePositiveRate: benign === 0 ? null : (benign - (passed - missed)) / benign,
    };
  });
}

/** The place of least cost; the lowest threshold among equals. */
export function cheapest(curve: readonly CostPoint[]): CostPoint | null {
  return curve.reduce<CostPoint | null>((best, point) => (best === null || point.regret < best.regret - 1e-12 ? point : best), null);
}
