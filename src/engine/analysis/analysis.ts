import type { Capability } from '../../contract/actions.ts';
import type { DecodedLayer, Hint } from '../../contract/observation.ts';

/** What the deterministic analysers find in one message; a pure function of message and context. */
export interface Analysis {
  readonly normalizedText: string;
  readonly layers: readonly DecodedLayer[];
  readonly hints: readonly Hint[];
  readonly exercised: readonly Capability[];
  /** L2-normalised, 64 numbers. */
  readonly embedding: readonly number[];
}
