import type { JsonObject } from '../../../../contract/json.ts';
import type { EnvironmentSession } from '../environmentSession.ts';
import type { EnvironmentReply } from '../reply.ts';
import { ToolError, ToolInputError } from './tool.ts';
import type { ToolRegistry } from './toolRegistry.ts';

/** Carries one tool call out; what a tool says against it becomes a reply, anything else it throws is the caller's. */
export function runTool(
  tools: ToolRegistry,
  session: EnvironmentSession,
  call: { readonly name: string; readonly arguments: JsonObject },
): EnvironmentReply {
  const tool = tools.find(call.name);
  if (tool === null) return { ok: false, code: 'unknown_tool', message: `Tool '${call.name.slice(0, 100)}' not found` };
  try {
    return { ok: true, json: JSON.stringify(tool.run(session, call.arguments)), done: false, facts: null };
  } catch (error) {
    if (error instanceof ToolInputError) return { ok: false, code: 'invalid_arguments', message: error.message };
    if (error instanceof ToolError) return { ok: false, code: 'failed', message: error.message };
    throw error;
  }
}
