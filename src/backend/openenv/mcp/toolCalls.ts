import type { ServerMode } from '../../../contract/environmentServer.ts';
import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import type { EnvironmentReply } from '../environments/reply.ts';
import type { ToolDescription } from '../environments/tools/tool.ts';
import type { Session } from '../sessions/session.ts';

/** How a tool call can fail, as MCP clients of OpenEnv know it. */
export type ToolErrorType = 'execution_error' | 'invalid_args' | 'transport_error' | 'tool_not_found' | 'timeout';

export type ToolOutcome =
  | { readonly ok: true; readonly data: JsonValue }
  | { readonly ok: false; readonly error: { readonly error_type: ToolErrorType; readonly message: string } };

export interface ToolCalls {
  /** Those that this server's mode offers. */
  list(): readonly ToolDescription[];
  /** @param session null: on an environment of its own, which is let go of afterwards */
  call(session: Session | null, name: string, args: JsonObject): Promise<ToolOutcome>;
}

export interface ToolCallsOptions {
  readonly pool: EnvironmentPool;
  readonly mode: ServerMode;
  /** Milliseconds after which a call is answered with a timeout. */
  readonly timeoutMs: number;
}

/** The tools of the environments, which bypass `step`: no reward, no change of an episode. */
export function createToolCalls({ pool, mode, timeoutMs }: ToolCallsOptions): ToolCalls {
  const offered = pool.tools.filter(({ modes }) => modes.includes(mode));
  const names = new Set(offered.map(({ name }) => name));

  return {
    list: () => offered,
    async call(session, name, args) {
      if (!names.has(name)) return failure('tool_not_found', `Tool '${name.slice(0, 100)}' not found`);
      const reply = session === null ? alone(pool, name, args) : session.tool(name, args);
      const timeout = Promise.withResolvers<null>();
      const timer = setTimeout(() => timeout.resolve(null), timeoutMs);
      const first = await Promise.race([reply, timeout.promise]);
      clearTimeout(timer);
      return first === null
        ? failure('timeout', `Tool '${name}' timed out after ${(timeoutMs / 1_000).toFixed(1)} seconds`)
        : outcome(first);
    },
  };
}

async function alone(pool: EnvironmentPool, name: string, args: JsonObject): Promise<EnvironmentReply> {
  const handle = pool.open();
  try {
    return await pool.call(handle, { type: 'tool', name, arguments: args });
  } finally {
    pool.release(handle);
  }
}

function outcome(reply: EnvironmentReply): ToolOutcome {
  if (reply.ok) return { ok: true, data: JSON.parse(reply.json) as JsonValue };
  return failure(ERROR_TYPES[reply.code], reply.message);
}

const ERROR_TYPES: { readonly [C in Extract<EnvironmentReply, { ok: false }>['code']]: ToolErrorType } = {
  unknown_tool: 'tool_not_found',
  invalid_arguments: 'invalid_args',
  no_environment: 'transport_error',
  episode_over: 'execution_error',
  failed: 'execution_error',
};

function failure(error_type: ToolErrorType, message: string): ToolOutcome {
  return { ok: false, error: { error_type, message } };
}

/** A tool's value the way MCP clients expect it; OpenEnv's own read `data`. */
export function callToolResult(data: JsonValue): JsonObject {
  const text = JSON.stringify(data);
  const structured = typeof data === 'object' && data !== null && !Array.isArray(data) ? data : { result: data };
  return { content: [{ type: 'text', text }], structuredContent: structured, isError: false, data };
}
