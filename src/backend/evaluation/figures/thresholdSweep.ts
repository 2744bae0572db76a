import { ACTIONS, type Action } from '../../../contract/actions.ts';
import { countActions, countBinary, f1, precision, type ActionConfusion } from '../../../contract/confusion.ts';
import { THRESHOLD_STEPS, type AlarmFigures, type ThresholdSweep } from '../../../contract/evaluations.ts';
import { wilson } from '../../../contract/wilson.ts';
import { ofAction, type EvaluatedCase } from './evaluatedCase.ts';

/** What an alarm threshold makes of one case: stopped in the way that most probably fits, or let through. */
interface MovableCase {
  readonly threat: number;
  readonly malicious: boolean;
  readonly fitting: Action;
  /** Taken when the threat reaches the threshold: the most probable action but ALLOW. */
  readonly stop: Action;
  /** Cost of letting pass and of stopping, in reward units, >= 0. */
  readonly passRegret: number;
  readonly stopRegret: number;
}

/**
 * Figures at each of the thresholds 0, 1/200, … 1, at which exactly the cases with a threat of at least the threshold are
 * stopped; null when a case has no probabilities, for then there is no threshold to move. One pass over the sorted cases.
 */
export function thresholdSweep(evaluated: readonly EvaluatedCase[], steps: number = THRESHOLD_STEPS): ThresholdSweep | null {
  const cases = movableCases(evaluated);
  if (cases === null) return null;
  cases.sort((a, b) => a.threat - b.threat);
  // At 0 all are stopped; each threshold lets those below it pass.
  const confusion = countActions(cases.map(({ fitting, stop }) => ({ fitting, taken: stop })));
  const moving: { readonly [F in Action]: { [T in Action]: number } } = confusion;
  let regret = cases.reduce((sum, { stopRegret }) => sum + stopRegret, 0);
  const counts = countBinary(cases.map(({ malicious }) => ({ positive: malicious, predicted: true })));
  let passed = 0;
  let missed = 0;
  const points = Array.from({ length: steps + 1 }, (_, step) => {
    for (let next = cases[passed]; next !== undefined && next.threat < step / steps; next = cases[passed]) {
      moving[next.fitting][next.stop]--;
      moving[next.fitting].ALLOW++;
      regret += next.passRegret - next.stopRegret;
      if (next.malicious) missed++;
      passed++;
    }
    return alarmFigures(
      {
        truePositives: counts.truePositives - missed,
        falseNegatives: missed,
        falsePositives: counts.falsePositives - (passed - missed),
        trueNegatives: passed - missed,
      },
      // Differences of sums leave a residue of rounding.
      cases.length === 0 ? null : Math.max(0, regret / cases.length),
      copied(moving),
    );
  });
  return { points, decided: figuresAsDecided(evaluated) };
}

/** Figures of the actions that the model took. */
export function figuresAsDecided(cases: readonly EvaluatedCase[]): AlarmFigures {
  return alarmFigures(
    countBinary(cases.map(({ label, taken }) => ({ positive: label === 'malicious', predicted: taken !== 'ALLOW' }))),
    cases.length === 0 ? null : cases.reduce((sum, { regret }) => sum + regret, 0) / cases.length,
    countActions(cases),
  );
}

function alarmFigures(counts: AlarmFigures['counts'], regret: number | null, confusion: ActionConfusion): AlarmFigures {
  return {
    counts,
    recall: wilson(counts.truePositives, counts.truePositives + counts.falseNegatives),
    falsePositiveRate: wilson(counts.falsePositives, counts.falsePositives + counts.trueNegatives),
    precision: precision(counts),
    f1: f1(counts),
    regret,
    confusion,
  };
}

function movableCases(cases: readonly EvaluatedCase[]): MovableCase[] | null {
  const out: MovableCase[] = [];
  for (const { threat, probabilities, label, fitting, rewards } of cases) {
    if (threat === null || probabilities === null) return null;
    const stop = STOPS.reduce((best, action) => (ofAction(probabilities, action) > ofAction(probabilities, best) ? action : best));
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

const STOPS = ACTIONS.filter((action) => action !== 'ALLOW');

function copied(confusion: ActionConfusion): ActionConfusion {
  return Object.fromEntries(ACTIONS.map((fitting) => [fitting, { ...confusion[fitting] }])) as ActionConfusion;
}
