import { z } from 'zod';
import type { JsonObject } from '../../../contract/json.ts';
import { jsonObjectSchema } from '../../../contract/schemas.ts';
import { VERSION } from '../../version.ts';
import { stepActionSchema } from '../wire/action.ts';
import { wireObservationSchema } from '../wire/observation.ts';
import { resetArgumentsSchema } from '../wire/resetArguments.ts';
import { wireStateSchema } from '../wire/state.ts';
import { callToolActionSchema, listToolsActionSchema } from '../wire/stepInput.ts';

export const ENVIRONMENT_NAME = 'omniguard';

/** What GET /metadata tells. @param readme text of the README, when there is one to show */
export function environmentMetadata(readme: string | null): JsonObject {
  return {
    name: ENVIRONMENT_NAME,
    description:
      'A gateway between AI agents and MCP servers: decide on every message with one of six graded actions while an adversary adapts.',
    readme_content: readme,
    version: VERSION,
    author: 'OmniGuard contributors',
    documentation_url: null,
  };
}

/** What is lifted out of an observation on the wire and belongs to its schema nevertheless. */
const lifted = {
  done: z.boolean().optional().describe('The episode has ended; beside the observation on the wire.'),
  reward: z.number().nullish().describe('Sum of the four components of the step, -1 after a breach; null after a reset.'),
  metadata: jsonObjectSchema.optional().describe('Identity of the episode; after a step its rubric and info.'),
};

const errorSchema = z.strictObject({
  error_type: z.enum(['execution_error', 'invalid_args', 'transport_error', 'tool_not_found', 'timeout']),
  message: z.string(),
});

const toolObservationSchema = z.union([
  z.strictObject({
    tools: z.array(z.strictObject({ name: z.string(), description: z.string(), input_schema: jsonObjectSchema })),
    ...lifted,
  }),
  z.strictObject({ tool_name: z.string(), result: z.json(), error: errorSchema.nullable(), ...lifted }),
]);

/**
 * JSON Schemas of the wire. Beside OpenEnv's three: `reset`, the arguments of a reset, and `mcp_action` with
 * `mcp_observation`, the questions to tools that may come in place of an action and their answers.
 */
export const ENVIRONMENT_SCHEMAS: JsonObject = {
  action: written(stepActionSchema, 'Action', 'input'),
  observation: written(z.strictObject({ ...wireObservationSchema.shape, ...lifted }), 'Observation', 'output'),
  state: written(wireStateSchema, 'State', 'output'),
  reset: written(resetArgumentsSchema, 'ResetArguments', 'input'),
  mcp_action: written(z.union([listToolsActionSchema, callToolActionSchema]), 'ToolAction', 'input'),
  mcp_observation: written(toolObservationSchema, 'ToolObservation', 'output'),
};

function written(schema: z.ZodType, title: string, io: 'input' | 'output'): JsonObject {
  return { title, ...(z.toJSONSchema(schema, { io }) as JsonObject) };
}
