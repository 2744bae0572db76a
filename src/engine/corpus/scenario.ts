import type { GroundTruth, Split } from '../../contract/episodes.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { Random } from '../random/random.ts';

/** A message with the truth about it; only the environment holds both. */
export interface ScenarioMessage {
  readonly message: GatewayMessage;
  readonly truth: GroundTruth;
  /** Template family and variant, e.g. `attack:tool_poisoning:audit-trail#17`; the family never crosses splits. */
  readonly origin: string;
}

/**
 * The corpus as the environment uses it. Implementations are pure: equal generators
 * give equal messages, and a returned object is shared, so equal draws may be `===`.
 */
export interface MessagePool {
  /** SHA-256 of the corpus data, part of what an episode depends on. */
  readonly hash: string;
  /** A coherent benign session with one server, 3 to 8 messages, hard negatives and benign drift among them. */
  benignSession(random: Random, split: Split): readonly ScenarioMessage[];
  /** One plain attack; a STDIO escape when `stdio`, else none. */
  attack(random: Random, split: Split, wanted: { readonly stdio: boolean }): ScenarioMessage;
  /** An attack chain of 3 to 5 messages (recon, staging, exfiltration or escape), each ambiguous alone. */
  chain(random: Random, split: Split, wanted: { readonly stdio: boolean }): readonly ScenarioMessage[];
}
