import { z } from 'zod';
import { CAPABILITIES } from '../../../contract/actions.ts';
import type { DefenderAction } from '../../../contract/episodes.ts';
import { actionSchema, capabilitySchema, jsonObjectSchema } from '../../../contract/schemas.ts';
import { MAX_RATIONALE_CHARACTERS } from '../../../engine/environment/validate.ts';

/** A decision as it comes over the wire. Clients that send every field put null where they have nothing to say. */
export const stepActionSchema = z.strictObject({
  action_type: actionSchema.describe('What becomes of the message.'),
  confidence: z.number().min(0).max(1).nullish().describe('Probability that the action is right, 0..1.'),
  rationale: z.string().max(MAX_RATIONALE_CHARACTERS).nullish().describe('Why, in words; an empty one costs a little.'),
  mcp_restrictions: z
    .array(capabilitySchema)
    .max(CAPABILITIES.length)
    .nullish()
    .describe('Capabilities to take away; only CAPABILITY_MEDIATION uses them.'),
  metadata: jsonObjectSchema.nullish().describe('Ignored, but for `request_id`: a repeated id answers with the reply already given.'),
});
export type StepAction = z.infer<typeof stepActionSchema>;

/** The action as the engine takes it. No decision time is counted: the network's share of it is not the defender's. */
export function defenderAction({ action_type, confidence, rationale, mcp_restrictions }: StepAction): DefenderAction {
  return {
    action: action_type,
    ...(confidence === undefined || confidence === null ? {} : { confidence }),
    ...(rationale === undefined || rationale === null ? {} : { rationale }),
    ...(mcp_restrictions === undefined || mcp_restrictions === null ? {} : { restrictions: mcp_restrictions }),
  };
}
