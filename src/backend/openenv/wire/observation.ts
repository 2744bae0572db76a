import { z } from 'zod';
import { actionSchema, capabilitySchema, gatewayMessageSchema, messageKindSchema, phaseSchema } from '../../../contract/schemas.ts';

const outcomeSchema = z.enum(['forwarded', 'rejected', 'held', 'released', 'drift_found', 'no_drift', 'mediated', 'severed']);

/** What a client sees before each decision. Field for field the engine's observation, in the wire's spelling, with the prompt text. */
export const wireObservationSchema = z.strictObject({
  prompt: z.string().describe('The message as text for a language model: facts, task, hints, decoded layers, excerpt.'),
  message: gatewayMessageSchema.nullable().describe('The MCP message with its context; null once the episode is over.'),
  normalized_text: z.string().describe('Untrusted text of the message after normalisation, at most 8,000 characters.'),
  layers: z.array(z.strictObject({ encoding: z.string(), pointer: z.string(), text: z.string() })).describe('Encodings taken off.'),
  hints: z
    .array(z.strictObject({ code: z.string(), text: z.string(), pointer: z.string().optional() }))
    .describe('Properties of the text that any gateway could compute; none is a verdict.'),
  exercised: z.array(capabilitySchema).describe('Capabilities that the message exercises, as far as its text tells.'),
  embedding: z.array(z.number()).describe('L2-normalised hashed n-gram embedding, 64 numbers to six decimals; empty once over.'),
  budget_left: z.number().describe('Ticks left of the latency budget; may be negative.'),
  memory: z
    .array(z.strictObject({ kind: messageKindSchema, server: z.string(), action: actionSchema, outcome: outcomeSchema }))
    .describe('Past decisions of this episode and what a gateway saw of them, oldest first, at most 8.'),
  phase: phaseSchema.describe('For telemetry; no prompt contains it.'),
  position: z.int().min(0).describe('Messages decided so far in this episode.'),
});
export type WireObservation = z.infer<typeof wireObservationSchema>;
