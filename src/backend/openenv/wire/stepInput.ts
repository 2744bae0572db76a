import { z } from 'zod';
import type { JsonObject } from '../../../contract/json.ts';
import { jsonObjectSchema } from '../../../contract/schemas.ts';
import { stepActionSchema, type StepAction } from './action.ts';
import { validationIssues, type ValidationIssue } from './validationErrors.ts';

export const listToolsActionSchema = z.strictObject({ type: z.literal('list_tools'), metadata: jsonObjectSchema.nullish() });
export const callToolActionSchema = z.strictObject({
  type: z.literal('call_tool').optional(),
  tool_name: z.string().min(1).max(100),
  arguments: jsonObjectSchema.nullish(),
  metadata: jsonObjectSchema.nullish(),
});

/** What a client can send as an action: a decision, or a question to the environment's tools. */
export type StepInput =
  | { readonly kind: 'decision'; readonly action: StepAction; readonly requestId: string | null }
  | { readonly kind: 'list_tools' }
  | { readonly kind: 'call_tool'; readonly name: string; readonly arguments: JsonObject };

export type ReadStepInput =
  { readonly ok: true; readonly input: StepInput } | { readonly ok: false; readonly errors: readonly ValidationIssue[] };

const requestIdSchema = z.string().min(1).max(255).nullish();
const NAMES = Object.keys(stepActionSchema.shape);

/** Reads an action; where its problems stand is relative to it. */
export function readStepInput(data: JsonObject): ReadStepInput {
  if (data['type'] === 'list_tools') {
    const parsed = listToolsActionSchema.safeParse(data);
    return parsed.success ? { ok: true, input: { kind: 'list_tools' } } : { ok: false, errors: validationIssues(parsed.error, data) };
  }
  if (data['type'] === 'call_tool' || (data['tool_name'] !== undefined && data['action_type'] === undefined)) {
    const parsed = callToolActionSchema.safeParse(data);
    if (!parsed.success) return { ok: false, errors: validationIssues(parsed.error, data) };
    const { tool_name: name, arguments: args } = parsed.data;
    return { ok: true, input: { kind: 'call_tool', name, arguments: args ?? {} } };
  }
  const parsed = stepActionSchema.safeParse(data);
  if (!parsed.success) return { ok: false, errors: validationIssues(parsed.error, data, [], NAMES) };
  const requestId = requestIdSchema.safeParse(parsed.data.metadata?.['request_id']);
  if (!requestId.success) {
    const errors = validationIssues(requestId.error, parsed.data.metadata?.['request_id'], ['metadata', 'request_id']);
    return { ok: false, errors };
  }
  return { ok: true, input: { kind: 'decision', action: parsed.data, requestId: requestId.data ?? null } };
}
