import type { CriticReport, GroundTruth } from '../../contract/episodes.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { LaneStep, PerLane } from '../../contract/live.ts';
import type { DecodedLayer, Hint } from '../../contract/observation.ts';
import type { LaneEvidence, Severity } from '../../contract/review.ts';

/** One lane's decision, with the temperature its probabilities were scaled by; null: the model was not calibrated. */
export interface StoredLaneEvidence extends LaneEvidence {
  readonly temperature: number | null;
}

/** All that is kept of a disputed decision, so that an item outlives its episode. Never changed afterwards. */
export interface Evidence {
  readonly message: GatewayMessage;
  readonly hints: readonly Hint[];
  readonly layers: readonly DecodedLayer[];
  readonly critic: CriticReport | null;
  /** Embedder of the critic's distance, `hashed` for the engine's own. */
  readonly embedder: string;
  readonly lanes: PerLane<StoredLaneEvidence | null>;
  /** Null where there is no simulation. */
  readonly truth: GroundTruth | null;
  readonly note: string | null;
}

/** A model as the evidence names it. */
export type DecidingModel = LaneEvidence['model'] & { readonly temperature: number | null };

export function laneEvidence(step: LaneStep, { temperature, ...model }: DecidingModel): StoredLaneEvidence {
  return { model, decision: step.decision, verifier: step.info.verifier, temperature };
}

/** Steps of both lanes at one position, those that saw the same message together. */
export function byMessage(steps: readonly LaneStep[]): readonly (readonly LaneStep[])[] {
  const groups: LaneStep[][] = [];
  for (const step of steps) {
    const group = groups.find(([first]) => first !== undefined && sameMessage(first.message, step.message));
    if (group === undefined) groups.push([step]);
    else group.push(step);
  }
  return groups;
}

/** Live lanes share one object; steps read back from the store are equal by their text. */
function sameMessage(a: GatewayMessage, b: GatewayMessage): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

const SEVERITY_OF_RISK: { readonly [R in Severity]: number } = { low: 0, medium: 1, high: 2, critical: 3 };

/** 0..3: the verifier's risk of the defender's decision; without a verifier, how far the drift lies over the threshold. */
export function severityOf({ lanes, critic }: Pick<Evidence, 'lanes' | 'critic'>): number {
  const verifier = (lanes.trained ?? lanes.baseline)?.verifier ?? null;
  if (verifier !== null) return SEVERITY_OF_RISK[verifier.risk];
  if (critic === null) return SEVERITY_OF_RISK.low;
  return critic.driftFound ? SEVERITY_OF_RISK.high : SEVERITY_OF_RISK.medium;
}
