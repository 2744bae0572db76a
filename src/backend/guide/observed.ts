import type { GuideObservation } from '../../contract/guide.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { observeMessage } from '../../engine/environment/observeMessage.ts';

/** The part of a defender's observation that speaks of the message itself. */
export function observed(message: GatewayMessage): GuideObservation {
  const { normalizedText, layers, hints, exercised } = observeMessage(message);
  return { normalizedText, layers, hints, exercised };
}
