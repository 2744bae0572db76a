import { z } from 'zod';
import { ACTIONS, CAPABILITIES } from './actions.ts';
import { SPLITS, VERDICTS, VERIFIER_FLAGS } from './episodes.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { MESSAGE_KINDS, type GatewayMessage } from './messages.ts';
import { PHASES } from './observation.ts';

/** Zod views of the plain types beside this file, for parsing at boundaries. */

export const jsonValueSchema: z.ZodType<JsonValue> = z.json();
export const jsonObjectSchema: z.ZodType<JsonObject> = z.record(z.string(), z.json());

export const actionSchema = z.enum(ACTIONS);
export const capabilitySchema = z.enum(CAPABILITIES);
export const phaseSchema = z.enum(PHASES);
export const splitSchema = z.enum(SPLITS);
export const verdictSchema = z.enum(VERDICTS);
export const verifierFlagSchema = z.enum(VERIFIER_FLAGS);
export const messageKindSchema = z.enum(MESSAGE_KINDS);
export const transportSchema = z.enum(['stdio', 'http']);

export const jsonRpcMessageSchema = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string().max(200), z.number()]).optional(),
  method: z.string().max(200).optional(),
  params: jsonObjectSchema.optional(),
  result: jsonObjectSchema.optional(),
  error: jsonObjectSchema.optional(),
});

export const messageContextSchema = z.object({
  transport: transportSchema,
  server: z.string().max(400),
  tool: z.string().max(400).optional(),
  userTask: z.string().max(100_000).optional(),
  granted: z.array(capabilitySchema).optional(),
  baseline: jsonValueSchema.optional(),
  trace: z
    .array(z.object({ kind: messageKindSchema, tool: z.string().max(400).optional(), summary: z.string().max(2_000) }))
    .max(64)
    .optional(),
});

export const gatewayMessageSchema = z.object({
  kind: messageKindSchema,
  message: jsonRpcMessageSchema,
  context: messageContextSchema,
}) satisfies z.ZodType<GatewayMessage>;
