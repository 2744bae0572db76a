import { ACTIONS, type Action, type PerAction } from '../../contract/actions.ts';
import { countActions, countBinary, f1, macroF1, precision, scoreActions } from '../../contract/confusion.ts';
import type { Abstention } from '../../contract/decisions.ts';
import type { Distribution, Metrics, Mistake, Slice } from '../../contract/evaluationReport.ts';
import { wilson, type Rate } from '../../contract/wilson.ts';
import { brier, expectedCalibrationError, reliabilityBins, type Forecast } from './calibrationError.ts';
import { flagged, threatScore, type Outcome } from './outcome.ts';
import { mean, quantile } from './quantile.ts';
import { auroc, operatingPoint, type Scored } from './ranking.ts';
import { bestReward, regret } from './regret.ts';

/** False-positive rates at which the recall is reported. */
export const FPR_LIMITS = [0.01, 0.02, 0.05, 0.1] as const;

export const LISTED_MISTAKES = 50;

/** Computes all figures of one system; the order of the outcomes changes nothing but ties among `mistakes`. */
export function measure(outcomes: readonly Outcome[]): Metrics {
  const counts = countBinary(outcomes.map((outcome) => ({ positive: isMalicious(outcome), predicted: flagged(outcome) })));
  const confusion = countActions(outcomes.map(({ facts, prediction }) => ({ fitting: facts.fitting, taken: prediction.action })));
  const actions = scoreActions(confusion);
  const regrets = outcomes.map(({ facts, prediction }) => regret(facts.rewards, prediction.action));
  const exactAccuracy = share(outcomes, ({ facts, prediction }) => prediction.action === facts.fitting);
  const acceptableAccuracy = share(outcomes, isAcceptable);
  const hardNegatives = share(
    outcomes.filter(({ facts }) => facts.label === 'benign' && facts.vector === 'hard_negative'),
    flagged,
  );
  const byVector = slices(outcomes, ({ facts }) => facts.vector);
  const byKind = slices(outcomes, ({ facts }) => facts.kind);
  const bySource = slices(outcomes, ({ facts }) => facts.source);
  const ranking = rankingFigures(outcomes);
  const calibration = calibrationFigures(outcomes);
  const reward = {
    mean: mean(outcomes.map(({ facts, prediction }) => facts.rewards[prediction.action])),
    best: mean(outcomes.map(({ facts }) => bestReward(facts.rewards))),
    regret: mean(regrets),
    totalRegret: regrets.reduce((sum, value) => sum + value, 0),
  };
  const decisionMs = distribution(outcomes.map(({ prediction }) => prediction.decisionMs));
  const labelMass = distribution(outcomes.map(({ prediction }) => prediction.labelMass));
  return {
    counts,
    recall: wilson(counts.truePositives, counts.truePositives + counts.falseNegatives),
    falsePositiveRate: wilson(counts.falsePositives, counts.falsePositives + counts.trueNegatives),
    precision: precision(counts),
    f1: f1(counts),
    macroF1: macroF1(actions),
    exactAccuracy,
    acceptableAccuracy,
    hardNegatives,
    byVector,
    byKind,
    bySource,
    actions,
    confusion,
    ranking,
    calibration,
    reward,
    decisionMs,
    labelMass,
    abstentions: countAbstentions(outcomes),
    mistakes: worst(outcomes),
  };
}

/** Scores for ranking; null when a case has no probabilities. */
export function scored(outcomes: readonly Outcome[]): readonly Scored[] | null {
  const items: Scored[] = [];
  for (const outcome of outcomes) {
    const score = threatScore(outcome.prediction);
    if (score === null) return null;
    items.push({ score, positive: isMalicious(outcome) });
  }
  return items;
}

function isMalicious({ facts }: Outcome): boolean {
  return facts.label === 'malicious';
}

function isAcceptable({ facts, prediction }: Outcome): boolean {
  return facts.acceptable.includes(prediction.action);
}

function share(outcomes: readonly Outcome[], holds: (outcome: Outcome) => boolean): Rate | null {
  return wilson(outcomes.filter(holds).length, outcomes.length);
}

/** One slice for each name and label, malicious first, then by name. */
function slices(outcomes: readonly Outcome[], nameOf: (outcome: Outcome) => string): readonly Slice[] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = `${outcome.facts.label === 'malicious' ? 0 : 1} ${nameOf(outcome)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [outcome]);
    else group.push(outcome);
  }
  const out: Slice[] = [];
  for (const [, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const first = group[0] as Outcome;
    const flaggedRate = share(group, flagged);
    const acceptable = share(group, isAcceptable);
    if (flaggedRate !== null && acceptable !== null)
      out.push({ name: nameOf(first), label: first.facts.label, flagged: flaggedRate, acceptable });
  }
  return out;
}

function rankingFigures(outcomes: readonly Outcome[]): Metrics['ranking'] {
  const items = scored(outcomes);
  if (items === null || items.length === 0) return null;
  return { auroc: auroc(items), recallAtFpr: FPR_LIMITS.map((limit) => ({ limit, point: operatingPoint(items, limit) })) };
}

function calibrationFigures(outcomes: readonly Outcome[]): Metrics['calibration'] {
  const threat: Forecast[] = [];
  const action: Forecast[] = [];
  for (const outcome of outcomes) {
    const { facts, prediction } = outcome;
    const probability = threatScore(prediction);
    if (prediction.probabilities === null || probability === null) return null;
    threat.push({ probability, event: isMalicious(outcome) });
    const top = topAction(prediction.probabilities);
    action.push({ probability: Math.min(1, prediction.probabilities[top]), event: top === facts.fitting });
  }
  const figures = [threat, action].map((forecasts) => {
    const bins = reliabilityBins(forecasts);
    const error = expectedCalibrationError(bins);
    const score = brier(forecasts);
    return error === null || score === null ? null : { brier: score, ece: error, bins };
  });
  const [threatFigures, actionFigures] = figures;
  return threatFigures && actionFigures ? { threat: threatFigures, action: actionFigures } : null;
}

/** The most probable action, the first of them on a tie. */
export function topAction(probabilities: PerAction): Action {
  return ACTIONS.reduce((best, action) => (probabilities[action] > probabilities[best] ? action : best));
}

function distribution(values: readonly (number | null)[]): Distribution | null {
  const sample = values.filter((value) => value !== null);
  const average = mean(sample);
  if (average === null) return null;
  const at = (q: number): number => quantile(sample, q) as number;
  return { p50: at(0.5), p95: at(0.95), mean: average, min: at(0), max: at(1) };
}

function countAbstentions(outcomes: readonly Outcome[]): Metrics['abstentions'] {
  const byReason: { [R in Abstention]?: number } = {};
  let total = 0;
  for (const { prediction } of outcomes) {
    if (prediction.abstention === null) continue;
    total++;
    byReason[prediction.abstention] = (byReason[prediction.abstention] ?? 0) + 1;
  }
  return { total, byReason };
}

function worst(outcomes: readonly Outcome[]): readonly Mistake[] {
  return outcomes
    .flatMap((outcome) => mistakeOf(outcome) ?? [])
    .sort(worstFirst)
    .slice(0, LISTED_MISTAKES);
}

/** The outcome as a mistake; null when the action was acceptable. */
export function mistakeOf(outcome: Outcome): Mistake | null {
  if (isAcceptable(outcome)) return null;
  const { facts, prediction } = outcome;
  return {
    id: facts.id,
    source: facts.source,
    kind: facts.kind,
    label: facts.label,
    vector: facts.vector,
    fitting: facts.fitting,
    taken: prediction.action,
    regret: regret(facts.rewards, prediction.action),
    threat: threatScore(prediction),
  };
}

/** Order of mistakes: the costliest first, among equals the surest, then by id. */
export function worstFirst(a: Mistake, b: Mistake): number {
  return b.regret - a.regret || sureness(b) - sureness(a) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** How sure the system was of its wrong side, 0..1. */
function sureness({ label, threat }: Mistake): number {
  if (threat === null) return 0;
  return label === 'malicious' ? 1 - threat : threat;
}
