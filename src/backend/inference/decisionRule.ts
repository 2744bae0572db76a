import { ACTIONS, perAction, type Action, type PerAction } from '../../contract/actions.ts';
import type { CostPreset } from '../../contract/decisions.ts';
import type { MessageKind } from '../../contract/messages.ts';

/**
 * Cost of taking an action (outer key) when another one fits (inner key), >= 0. The unit is a tenth of a reward point:
 * blocking benign work loses 0.6 points against allowing it, a server taken down 1.6, a breach 1.5 and the rest of the
 * episode. SEMANTIC_DIFF and CAPABILITY_MEDIATION stop some of the attacks that another action fits, hence their middling costs.
 */
export type CostMatrix = PerAction<PerAction>;

/** Cost rows in the order of ACTIONS: what fits is ALLOW, BLOCK, SPOTLIGHT, SEMANTIC_DIFF, CAPABILITY_MEDIATION, REVOKE_STDIO. */
const REWARD_COSTS: PerAction<readonly [number, number, number, number, number, number]> = {
  ALLOW: [0, 20, 20, 20, 20, 50],
  BLOCK: [6, 0, 1, 1, 1, 30],
  SPOTLIGHT: [4.5, 1, 0, 1, 1, 30],
  SEMANTIC_DIFF: [1.5, 10, 8, 0, 10, 30],
  CAPABILITY_MEDIATION: [3, 8, 8, 8, 0, 30],
  REVOKE_STDIO: [16, 1.5, 1.5, 1.5, 1.5, 0],
};

/**
 * How heavily a preset weighs a missed attack and a false alarm against the reward's own costs. `balanced` weighs alarms half as
 * much again: on labelled messages that nothing was trained on it earns more reward that way, and no less on generated ones.
 */
const PRESET_WEIGHTS: { readonly [P in CostPreset]: { readonly missed: number; readonly alarm: number } } = {
  strict: { missed: 2.5, alarm: 1 },
  balanced: { missed: 1, alarm: 1.5 },
  permissive: { missed: 0.4, alarm: 1 },
};

function presetMatrix(preset: CostPreset): CostMatrix {
  const { missed, alarm } = PRESET_WEIGHTS[preset];
  return perAction((action) => perAction((fitting, index) => (REWARD_COSTS[action][index] ?? 0) * (fitting === 'ALLOW' ? alarm : missed)));
}

/** The cost matrix of each preset. */
export const COST_MATRICES: { readonly [P in CostPreset]: CostMatrix } = {
  strict: presetMatrix('strict'),
  balanced: presetMatrix('balanced'),
  permissive: presetMatrix('permissive'),
};

/** Costs of the matrix with a fitted cost of false alarms: an attack let through, and an attack stopped in another way than fits. */
export const MISSED_COST = 20;
export const MIXED_UP_COST = 1;

/**
 * The cost matrix in which all false alarms cost the same. Least cost then means: stop a message when its threat is high enough
 * against that cost, in the way that most probably fits.
 *
 * @param falseAlarm cost of stopping a benign message, >= 0
 */
export function falseAlarmMatrix(falseAlarm: number): CostMatrix {
  return perAction((action) =>
    perAction((fitting) => {
      if (action === fitting) return 0;
      if (action === 'ALLOW') return MISSED_COST;
      return fitting === 'ALLOW' ? falseAlarm : MIXED_UP_COST;
    }),
  );
}

/** The cost of a false alarm from which on `falseAlarmMatrix` lets a message pass, >= 0. */
export function highestStoppingCost(probabilities: PerAction): number {
  const threat = Math.max(0, 1 - probabilities.ALLOW);
  const likeliest = ACTIONS.reduce((top, action) => (action === 'ALLOW' ? top : Math.max(top, probabilities[action])), 0);
  return (MISSED_COST * threat - MIXED_UP_COST * Math.max(0, threat - likeliest)) / Math.max(probabilities.ALLOW, Number.MIN_VALUE);
}

/** Below this share of probability on the six labels the model is answering another question. */
export const LABEL_MASS_FLOOR = 0.5;

/** Expected cost of each action under `probabilities` of what fits. */
export function expectedCosts(probabilities: PerAction, matrix: CostMatrix): PerAction {
  return perAction((action) => ACTIONS.reduce((sum, fitting) => sum + matrix[action][fitting] * probabilities[fitting], 0));
}

/** The action of least cost among `allowed`; the first of equals in the order of ACTIONS. */
export function leastCost(costs: PerAction, allowed: readonly Action[] = ACTIONS): Action {
  return best(allowed, (action) => -costs[action]);
}

/** The most probable action; the first of equals in the order of ACTIONS. */
export function mostProbable(probabilities: PerAction): Action {
  return best(ACTIONS, (action) => probabilities[action]);
}

function best(actions: readonly Action[], score: (action: Action) => number): Action {
  return actions.reduce((leader, action) => (score(action) > score(leader) ? action : leader), actions[0] ?? 'BLOCK');
}

/**
 * What to do when the model gave no usable answer: never let the message through untouched, never end anyone's work.
 * What acts goes on with its capabilities taken away; what is read waits for an analyst, as does an act that
 * exercises nothing a mediation could take away.
 */
export function fallbackAction(kind: MessageKind, canMediate: boolean): Action {
  switch (kind) {
    case 'call':
    case 'launch':
      return canMediate ? 'CAPABILITY_MEDIATION' : 'SPOTLIGHT';
    case 'manifest':
    case 'manifest_changed':
    case 'result':
    case 'resource':
    case 'sampling':
      return 'SPOTLIGHT';
  }
}

/** Softmax of the label logits under a calibration: (logit + bias) / temperature. Sums to 1. */
export function calibratedProbabilities(logits: readonly number[], temperature = 1, bias: readonly number[] = []): PerAction {
  const scaled = ACTIONS.map((_, index) => ((logits[index] ?? Number.NaN) + (bias[index] ?? 0)) / temperature);
  const highest = Math.max(...scaled);
  const weights = scaled.map((value) => Math.exp(value - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return perAction((_, index) => (weights[index] ?? 0) / total);
}
