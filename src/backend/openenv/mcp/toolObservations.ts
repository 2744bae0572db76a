import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import type { Session } from '../sessions/session.ts';
import type { StepInput } from '../wire/stepInput.ts';
import { callToolResult, type ToolCalls } from './toolCalls.ts';

/** The envelope that answers a question to the tools when it comes as an action of an episode, as JSON text. */
export async function toolObservation(
  input: Exclude<StepInput, { kind: 'decision' }>,
  session: Session | null,
  tools: ToolCalls,
): Promise<string> {
  if (input.kind === 'list_tools') {
    session?.touch('list_tools');
    return envelope({
      tools: tools.list().map(({ name, description, inputSchema }) => ({ name, description, input_schema: inputSchema })),
    });
  }
  const outcome = await tools.call(session, input.name, input.arguments);
  const result: JsonValue = outcome.ok ? callToolResult(outcome.data) : null;
  return envelope({ tool_name: input.name, result, error: outcome.ok ? null : outcome.error });
}

function envelope(observation: JsonObject): string {
  return JSON.stringify({ observation, reward: null, done: false, metadata: {} });
}
