import { z } from 'zod';

/** The environment server (OpenEnv and the vector API) as the interface sees it. */

export const SERVER_MODES = ['simulation', 'production'] as const;
export type ServerMode = (typeof SERVER_MODES)[number];

/** `ws`: over `/ws`; `mcp_ws`: over `/mcp`; `mcp_http`: made by `openenv/session/create` or a standard MCP client. */
export type SessionTransport = 'ws' | 'mcp_ws' | 'mcp_http';

export const sessionIdSchema = z.uuid().brand<'EnvironmentSessionId'>();
export type EnvironmentSessionId = z.infer<typeof sessionIdSchema>;

/** One live session. Times are milliseconds. */
export interface SessionRow {
  readonly id: EnvironmentSessionId;
  readonly transport: SessionTransport;
  /** `detached`: its connection broke and it waits to be resumed. */
  readonly state: 'attached' | 'detached';
  readonly remoteAddress: string | null;
  readonly ageMs: number;
  /** Since the last reset, step or tool call. */
  readonly idleMs: number;
  /** `reset`, `step`, `state`, `tools/call`…; null before the first. */
  readonly lastCall: string | null;
  readonly resets: number;
  readonly steps: number;
  readonly worker: number;
}

export interface ServerQueues {
  readonly workers: readonly {
    readonly worker: number;
    readonly environments: number;
    readonly depth: number;
    readonly restarts: number;
  }[];
  /** Decisions of `/api/infer` waiting or being taken. */
  readonly inference: number;
}

/** Totals of the vector environments since the server started. */
export interface VectorTotals {
  readonly environments: number;
  readonly episodes: number;
  readonly steps: number;
  /** Per step; null before the first. */
  readonly meanReward: number | null;
  readonly breaches: number;
}

export interface ServerRates {
  /** HTTP requests and WebSocket frames a second, over the last ten seconds. */
  readonly requestsPerSecond: number;
  /** Environment steps a second over the last ten seconds, all transports. */
  readonly stepsPerSecond: number;
  /** One value a second for the last minute, oldest first. */
  readonly history: readonly { readonly requests: number; readonly steps: number }[];
}

export interface ServerActivity {
  readonly uptimeMs: number;
  readonly capacity: number;
  readonly sessions: readonly SessionRow[];
  readonly queues: ServerQueues;
  readonly vector: VectorTotals;
  readonly rates: ServerRates;
}

/** What can be set while the server is off. `port` is fixed where the interface is served on the same port. */
export const serverSettingsSchema = z.strictObject({
  enabled: z.boolean(),
  port: z.int().min(1).max(65_535),
  mode: z.enum(SERVER_MODES),
});
export type ServerSettings = z.infer<typeof serverSettingsSchema>;

export interface EnvironmentServerStatus {
  readonly state: 'off' | 'starting' | 'on' | 'stopping' | 'failed';
  /** One sentence when failed. */
  readonly problem: string | null;
  readonly settings: ServerSettings;
  /** `http://127.0.0.1:8000` while on. */
  readonly address: string | null;
  /** The interface and the environment server share one port, so only the mode and on/off can be changed. */
  readonly sharedPort: boolean;
  /** True when every request must show the token. */
  readonly tokenRequired: boolean;
  /** Null unless on. */
  readonly activity: ServerActivity | null;
}

/** A request of the try-it panel, carried out by the server's own routes. */
export const tryRequestSchema = z.strictObject({
  method: z.enum(['GET', 'POST']),
  /** Path with query, on this server. */
  path: z
    .string()
    .regex(/^\/[^\s]*$/)
    .max(2_000),
  body: z.string().max(262_144).optional(),
  accept: z.string().max(200).optional(),
});
export type TryRequest = z.infer<typeof tryRequestSchema>;

export interface TryResponse {
  readonly status: number;
  readonly contentType: string | null;
  /** At most 262,144 characters. */
  readonly body: string;
  readonly truncated: boolean;
  readonly milliseconds: number;
}
