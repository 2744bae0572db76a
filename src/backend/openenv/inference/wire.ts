import { z } from 'zod';
import { ACTIONS } from '../../../contract/actions.ts';
import { COST_PRESETS, type Decision } from '../../../contract/decisions.ts';
import { modelIdSchema } from '../../../contract/ids.ts';
import { MODEL_ROLES, type ModelEntry } from '../../../contract/models.ts';
import { actionSchema, capabilitySchema, gatewayMessageSchema } from '../../../contract/schemas.ts';

/** Body of POST /api/infer: one decision on what an environment shows, or on a message of the caller's own. */
export const inferRequestSchema = z.strictObject({
  model: modelIdSchema.describe('baseline, trained, or the id of a model in the registry.'),
  observation_of: z
    .strictObject({ env_id: z.int().min(0) })
    .optional()
    .describe('Decide on what this vector environment shows now, without playing it. Either this or message.'),
  message: gatewayMessageSchema.optional().describe('An MCP message with its context. Either this or observation_of.'),
  cost_preset: z.enum(COST_PRESETS).nullish().describe('What mistakes cost; balanced when absent. Counts for calibrated models only.'),
});
export type InferRequest = z.infer<typeof inferRequestSchema>;

const perActionSchema = z.strictObject(Object.fromEntries(ACTIONS.map((action) => [action, z.number()])));

/** One decision. */
export const inferReplySchema = z.strictObject({
  model: z.strictObject({ id: z.string(), role: z.enum(MODEL_ROLES), sha256: z.string() }),
  action: actionSchema,
  probabilities: perActionSchema.describe('Sum 1.'),
  expected_cost: perActionSchema.nullable().describe('Null when the most probable action was taken.'),
  confidence: z.number().describe('Probability of the action, 0..1.'),
  label_mass: z.number().describe("Share of the whole vocabulary's probability on the six labels, 0..1."),
  restrictions: z.array(capabilitySchema),
  rationale: z.string(),
  evidence: z.array(z.strictObject({ code: z.string(), text: z.string(), pointer: z.string().optional() })),
  abstention: z.enum(['label_mass_low', 'input_too_long', 'ambiguous', 'model_failed']).nullable(),
  decision_ms: z.number(),
  new_tokens: z.int(),
});

export function inferReply({ id, role, sha256 }: ModelEntry, decision: Decision): z.infer<typeof inferReplySchema> {
  return {
    model: { id, role, sha256 },
    action: decision.action,
    probabilities: { ...decision.probabilities },
    expected_cost: decision.expectedCost === null ? null : { ...decision.expectedCost },
    confidence: decision.confidence,
    label_mass: decision.labelMass,
    restrictions: [...decision.restrictions],
    rationale: decision.rationale,
    evidence: decision.evidence.map((piece) => ({ ...piece })),
    abstention: decision.abstention,
    decision_ms: decision.decisionMs,
    new_tokens: decision.newTokens,
  };
}
