import type { CostPreset } from '../../contract/decisions.ts';
import type { EvaluatedSystem } from '../../contract/evaluationReport.ts';
import type { LabelledCase } from '../datasets/labelledCase.ts';
import type { Defender } from '../inference/defender.ts';
import type { Prediction } from './outcome.ts';

/** A system under evaluation. It is given whole cases but may use only what a gateway sees: their observations. */
export interface Predictor {
  readonly info: EvaluatedSystem;
  /** One prediction for each case, in order. @throws whatever the system throws, or the signal's reason. */
  predict(cases: readonly LabelledCase[], options: { readonly signal?: AbortSignal }): Promise<readonly Prediction[]>;
}

/** Evaluates a model as it would run in front of a server. */
export function defenderPredictor(defender: Defender, costPreset: CostPreset): Predictor {
  const { id, sha256, promptVersion, calibration, tier, architecture, parameters } = defender.entry;
  const calibrated = calibration !== null;
  return {
    info: {
      name: id,
      kind: 'model',
      note: `${tier} tier, ${architecture}, ${parameters} parameters, ${calibrated ? 'calibrated, least expected cost' : 'not calibrated, most probable action'}.`,
      model: { id, sha256, promptVersion, calibrated },
    },
    async predict(cases, { signal }) {
      const decisions = await defender.decide(
        cases.map((labelled) => labelled.observation),
        { costPreset, ...(signal === undefined ? {} : { signal }) },
      );
      return decisions.map(({ action, probabilities, labelMass, abstention, decisionMs }) => ({
        action,
        probabilities,
        labelMass,
        abstention,
        decisionMs,
      }));
    },
  };
}
