import type { FastifyInstance } from 'fastify';
import type { ServerMode, ServerRates, SessionRow, VectorTotals } from '../../../contract/environmentServer.ts';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import type { StepFacts } from '../environments/reply.ts';

/** An HTTP answer whose body is already JSON text, or that text in UTF-8. */
export interface JsonReply {
  readonly status: number;
  readonly json: string | Uint8Array;
}

/** Many environments behind one request: POST /reset with `items` and POST /step with `actions`. */
export interface VectorService {
  /** @param body the parsed JSON body, an object with the key `items`; not validated further. Never rejects. */
  reset(body: unknown): Promise<JsonReply>;
  /** @param body the parsed JSON body, an object with the key `actions`; not validated further. Never rejects. */
  step(body: unknown): Promise<JsonReply>;
  totals(): VectorTotals;
}

/** Figures of what the server does. Each call is cheap and never throws. */
export interface ServerTelemetry {
  /** @param route pattern of the route, e.g. `/reset`; `unknown` when none matched. @param ms time it took, milliseconds */
  request(route: string, status: number, ms: number): void;
  /** A WebSocket frame that came in. @param type `reset`, `step`, `state`, `mcp`, `close` or `invalid` */
  frame(type: string): void;
  /** Steps that were played, whatever the transport. */
  steps(facts: readonly StepFacts[]): void;
  rates(): ServerRates;
}

/** What is alive, without the means to change it. */
export interface SessionsView {
  readonly capacity: number;
  /** Sessions that take a slot now. */
  readonly active: number;
  rows(): readonly SessionRow[];
}

/** What the routes of the environment server work with. */
export interface EnvironmentServices {
  readonly mode: ServerMode;
  readonly pool: EnvironmentPool;
  readonly sessions: SessionsView;
  readonly telemetry: ServerTelemetry;
  /** Null: this server has no vector API, and `items` and `actions` are keys like any other. */
  readonly vector: VectorService | null;
  uptimeMs(): number;
}

/**
 * More routes under the server's access rules, error bodies and telemetry. Called once per `register`, on a scope of its own
 * with Fastify's usual body parsers.
 */
export type RouteGroup = (app: FastifyInstance, services: EnvironmentServices) => void | Promise<void>;
