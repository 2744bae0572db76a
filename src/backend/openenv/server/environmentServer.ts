import type { FastifyInstance } from 'fastify';
import type { EnvironmentSessionId, ServerActivity, ServerMode, TryRequest, TryResponse } from '../../../contract/environmentServer.ts';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import type { EnvironmentServices, RouteGroup, ServerTelemetry, VectorService } from './services.ts';

export interface EnvironmentServerOptions {
  /** Stays the caller's: it is closed by whoever made it, after this server. */
  readonly pool: EnvironmentPool;
  readonly mode: ServerMode;
  readonly telemetry: ServerTelemetry;
  readonly createVector?: (services: Omit<EnvironmentServices, 'vector'>) => VectorService;
  readonly routeGroups?: readonly RouteGroup[];
  /** Decisions of `/api/infer` waiting or being taken. */
  readonly inferenceQueue?: () => number;
  /** Most sessions at once. Default 64. */
  readonly capacity?: number;
}

/** The environment server without a socket of its own: a host mounts it on whatever it listens with. */
export interface EnvironmentServer {
  readonly mode: ServerMode;
  readonly services: EnvironmentServices;
  /** Mounts every route on a scope of its own: hooks, error bodies and body parsers of the host stay apart. */
  register(app: FastifyInstance): Promise<void>;
  activity(): ServerActivity;
  /** Ends a session and closes its connection. @returns false when there is none */
  endSession(id: EnvironmentSessionId): Promise<boolean>;
  /** Carries a request out on the server's own routes, past the access rules. */
  inject(request: TryRequest): Promise<TryResponse>;
  /** Accepts nothing more, answers what is in flight, closes sockets with 1001. Idempotent. */
  close(): Promise<void>;
}
