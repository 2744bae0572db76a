import { z } from 'zod';
import type { ServerMode } from '../../../../contract/environmentServer.ts';
import type { JsonObject, JsonValue } from '../../../../contract/json.ts';
import type { EnvironmentSession } from '../environmentSession.ts';

/** A tool as it is told to clients. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: JsonObject;
  /** Modes of the server in which it can be called. */
  readonly modes: readonly ServerMode[];
}

/** Something an agent can ask of an environment. It never steps: no reward, no change of the episode. */
export interface Tool extends ToolDescription {
  /** @throws ToolInputError when the arguments do not fit, ToolError when there is nothing to tell */
  run(session: EnvironmentSession, args: JsonObject): JsonValue;
}

/** The tool cannot answer; the message is one sentence for the agent. */
export class ToolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolError';
  }
}

/** The arguments do not fit the tool's schema; the message names the field. */
export class ToolInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolInputError';
  }
}

interface ToolDefinition<S extends z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  readonly modes?: readonly ServerMode[];
  readonly run: (session: EnvironmentSession, input: z.output<S>) => JsonValue;
}

const BOTH_MODES: readonly ServerMode[] = ['simulation', 'production'];

/** A tool whose arguments are parsed before it sees them. */
export function defineTool<S extends z.ZodType>({ name, description, input, modes = BOTH_MODES, run }: ToolDefinition<S>): Tool {
  const inputSchema = z.toJSONSchema(input, { io: 'input' }) as JsonObject;
  return {
    name,
    description,
    inputSchema,
    modes,
    run(session, args) {
      const parsed = input.safeParse(args);
      if (!parsed.success) throw new ToolInputError(firstProblem(parsed.error));
      return run(session, parsed.data);
    },
  };
}

function firstProblem({ issues }: z.ZodError): string {
  const [first] = issues;
  const field = first?.path.map(String).join('.') ?? '';
  return `${field === '' ? 'arguments' : field}: ${first?.message ?? 'not valid'}`;
}
