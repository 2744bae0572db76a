import { ACTIONS, perAction, type Action } from '../../contract/actions.ts';
import type { Abstention, CostPreset, Decision } from '../../contract/decisions.ts';
import type { Calibration, ModelEntry } from '../../contract/models.ts';
import type { Observation } from '../../contract/observation.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { explain } from '../../engine/analysis/rationale.ts';
import { proposeRestrictions } from '../../engine/analysis/restrictions.ts';
import { criticTexts } from '../../engine/critic/critic.ts';
import type { DecisionModel, DecisionScore } from './decisionModel.ts';
import {
  COST_MATRICES,
  LABEL_MASS_FLOOR,
  calibratedProbabilities,
  expectedCosts,
  fallbackAction,
  falseAlarmMatrix,
  leastCost,
  mostProbable,
  type CostMatrix,
} from './decisionRule.ts';
import { InferenceError } from './inferenceError.ts';
import { renderBody } from './prompt/renderBody.ts';

export interface DecideOptions {
  readonly signal?: AbortSignal;
  /** Which costs a calibrated model weighs. Default `balanced`. */
  readonly costPreset?: CostPreset;
}

/** Decides what becomes of messages. */
export interface Defender {
  readonly entry: ModelEntry;
  /**
   * One decision for each observation, in their order and independent of each other. A model that fails on a message
   * abstains instead of throwing.
   *
   * @throws the signal's reason when it aborts; InferenceError `disposed` when the model was unloaded
   */
  decide(observations: readonly Observation[], options?: DecideOptions): Promise<readonly Decision[]>;
  dispose(): Promise<void>;
}

export interface DefenderParts {
  readonly entry: ModelEntry;
  readonly model: Pick<DecisionModel, 'score'>;
  readonly dispose: () => Promise<void>;
  /** Milliseconds from an arbitrary origin. Default `performance.now`. */
  readonly now?: () => number;
  readonly onFailure?: (error: unknown) => void;
}

/** A defender on a loaded decision model. */
export function createDefender(parts: DefenderParts): Defender {
  const { entry, model } = parts;
  const now = parts.now ?? (() => performance.now());

  async function decideOne(observation: Observation, options: DecideOptions): Promise<Decision> {
    let started = now();
    let score: DecisionScore | null = null;
    try {
      score = await model.score((characters) => {
        // The clock starts when this message's turn comes; renders after the first belong to the same turn.
        if (characters === undefined) started = now();
        return renderBody(observation, characters === undefined ? {} : { characters });
      }, options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof InferenceError && error.problem === 'disposed') throw error;
      parts.onFailure?.(error);
    }
    const verdict = choose(entry, observation, score, options.costPreset ?? 'balanced');
    const analysis = analyze(observation.message);
    const restrictions = verdict.action === 'CAPABILITY_MEDIATION' ? proposeRestrictions(observation.message, analysis) : [];
    const { rationale, evidence } = explain(observation.message, analysis, verdict.action, restrictions);
    return { ...verdict, restrictions, rationale, evidence, decisionMs: now() - started };
  }

  return {
    entry,
    decide: (observations, options = {}) => Promise.all(observations.map((observation) => decideOne(observation, options))),
    dispose: parts.dispose,
  };
}

type Verdict = Omit<Decision, 'restrictions' | 'rationale' | 'evidence' | 'decisionMs'>;

const NO_OPINION = perAction(() => 1 / ACTIONS.length);

/** From the model's answer (null: it failed) to an action. */
function choose(entry: ModelEntry, observation: Observation, score: DecisionScore | null, preset: CostPreset): Verdict {
  const { message } = observation;
  const analysis = analyze(message);
  const canMediate = proposeRestrictions(message, analysis).length > 0;
  const fallback = fallbackAction(message.kind, canMediate);
  if (score === null || score.kind === 'too_long') {
    return {
      action: fallback,
      probabilities: NO_OPINION,
      expectedCost: null,
      confidence: NO_OPINION[fallback],
      labelMass: 0,
      abstention: score === null ? 'model_failed' : 'input_too_long',
      newTokens: 0,
    };
  }
  const { calibration } = entry;
  const probabilities = calibratedProbabilities(score.logits, calibration?.temperature, calibration?.bias);
  const expectedCost = calibration === null ? null : expectedCosts(probabilities, matrixInForce(calibration, preset));
  const abstention: Abstention | null = score.labelMass < LABEL_MASS_FLOOR ? 'label_mass_low' : null;
  let action: Action;
  if (abstention !== null) action = fallback;
  else if (expectedCost === null) action = mostProbable(probabilities);
  else action = leastCost(expectedCost, usableActions(canMediate, criticTexts(message, analysis) !== null));
  return {
    action,
    probabilities,
    expectedCost,
    confidence: probabilities[action],
    labelMass: score.labelMass,
    abstention,
    newTokens: score.newTokens,
  };
}

/** The preset's matrix; `permissive` follows the fitted cost of false alarms where the calibration has one. */
function matrixInForce({ falseAlarmCost }: Calibration, preset: CostPreset): CostMatrix {
  return preset === 'permissive' && falseAlarmCost !== undefined ? falseAlarmMatrix(falseAlarmCost) : COST_MATRICES[preset];
}

/** A mediation that takes nothing away, and a comparison without a reference, would let the message through untouched. */
function usableActions(canMediate: boolean, hasReference: boolean): readonly Action[] {
  return ACTIONS.filter((action) => (canMediate || action !== 'CAPABILITY_MEDIATION') && (hasReference || action !== 'SEMANTIC_DIFF'));
}
