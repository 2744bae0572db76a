import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { EnvironmentSessionId, ServerActivity, ServerMode, SessionTransport } from '../../../contract/environmentServer.ts';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import { descriptionRoutes } from '../http/descriptionRoutes.ts';
import { environmentRoutes } from '../http/environmentRoutes.ts';
import { sendDetail, takeBodiesAsText } from '../http/replies.ts';
import { taskRoutes } from '../http/taskRoutes.ts';
import { webInterfaceRoutes } from '../http/webInterface.ts';
import { refusedResponse, type RpcContext } from '../mcp/jsonRpc.ts';
import { mcpRoutes } from '../mcp/mcpRoutes.ts';
import { createStandardMcp } from '../mcp/standardMcp.ts';
import { createToolCalls } from '../mcp/toolCalls.ts';
import { SessionError, type SessionRefusal } from '../sessions/sessionError.ts';
import { SessionRegistry } from '../sessions/sessionRegistry.ts';
import type { Session } from '../sessions/session.ts';
import { mcpProtocol } from '../websocket/mcpProtocol.ts';
import { announceSessions } from '../websocket/sessionHeader.ts';
import { sessionProtocol } from '../websocket/sessionProtocol.ts';
import { SocketConnection, type SocketProtocol, type SocketTiming } from '../websocket/socketConnection.ts';
import { errorFrame } from '../wire/frames.ts';
import { guardRoutes } from './guardRoutes.ts';
import type { ServerAccess } from './access.ts';
import type { EnvironmentServices, RouteGroup, ServerTelemetry, VectorService } from './services.ts';

export interface EnvironmentServerOptions {
  /** Stays the caller's: it is closed by whoever made it, after this server. */
  readonly pool: EnvironmentPool;
  readonly mode: ServerMode;
  readonly access: ServerAccess;
  readonly telemetry: ServerTelemetry;
  readonly createVector?: (services: Omit<EnvironmentServices, 'vector'>) => VectorService;
  /** More routes, each group on a scope of its own. */
  readonly routeGroups?: readonly RouteGroup[];
  /** Hooks for every route, e.g. limits and logs; called before the routes, on the scope that holds them all. */
  readonly guards?: readonly RouteGroup[];
  /** Decisions of `/api/infer` waiting or being taken. */
  readonly inferenceQueue?: () => number;
  /** Serves `/web/` for people. Default null: it is not there. */
  readonly webInterface?: { readonly pageDir: string } | null;
  /** Text that GET /metadata shows as the README. */
  readonly readme?: string;
  /** Most sessions at once. Default 64. */
  readonly capacity?: number;
  /** Sessions unused for longer are ended, milliseconds; null: never. Default one hour. */
  readonly idleTimeoutMs?: number | null;
  /** How long a session whose client knows its id waits for it after a broken connection, milliseconds. Default one minute. */
  readonly resumeGraceMs?: number;
  /** Milliseconds after which a tool call is answered with a timeout. Default 30,000. */
  readonly toolTimeoutMs?: number;
  readonly timing?: Partial<SocketTiming>;
  readonly onUnexpected: (error: unknown) => void;
}

/** The environment server without a socket of its own: a host mounts it on whatever it listens with. */
export interface EnvironmentServer {
  readonly mode: ServerMode;
  readonly services: EnvironmentServices;
  /**
   * Mounts every route on a scope of its own: hooks, error bodies and body parsers of the host stay apart. The host has
   * registered @fastify/websocket and uses `access.rewriteUrl`.
   */
  register(app: FastifyInstance): Promise<void>;
  activity(): ServerActivity;
  /** Ends a session and closes its connection. @returns false when there is none */
  endSession(id: EnvironmentSessionId): boolean;
  /** Accepts nothing more, answers what is in flight, closes sockets with 1001. Idempotent. */
  close(): Promise<void>;
}

export const DEFAULT_CAPACITY = 64;
const TIMING: SocketTiming = { pingMs: 20_000, peerTimeoutMs: 90_000, refusalMs: 5_000 };
const NO_VECTOR = { environments: 0, episodes: 0, steps: 0, meanReward: null, breaches: 0 } as const;
/** RFC 6455: try again later. */
const TRY_AGAIN_LATER = 1013;
const NORMAL = 1000;

export function createEnvironmentServer(options: EnvironmentServerOptions): EnvironmentServer {
  const { pool, mode, telemetry, onUnexpected } = options;
  const startedAt = performance.now();
  const now = (): number => performance.now();
  const sessions = new SessionRegistry({
    pool,
    telemetry,
    capacity: options.capacity ?? DEFAULT_CAPACITY,
    idleTimeoutMs: options.idleTimeoutMs === undefined ? 3_600_000 : options.idleTimeoutMs,
    resumeGraceMs: options.resumeGraceMs ?? 60_000,
    now,
  });
  const core = { mode, pool, sessions, telemetry, uptimeMs: () => Math.round(now() - startedAt) };
  const services: EnvironmentServices = { ...core, vector: options.createVector?.(core) ?? null };
  const tools = createToolCalls({ pool, mode, timeoutMs: options.toolTimeoutMs ?? 30_000 });
  const rpc: RpcContext = { sessions, tools };
  const standard = createStandardMcp(sessions, tools);
  const timing = { ...TIMING, ...options.timing };
  const connections = new Set<SocketConnection>();
  let closing: Promise<void> | null = null;

  const connect = (socket: WebSocket, remoteAddress: string | null): SocketConnection => {
    const connection = new SocketConnection(socket, remoteAddress, timing);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
    return connection;
  };

  const open = (transport: SessionTransport, connection: SocketConnection, id?: EnvironmentSessionId): Session => {
    const session = sessions.open(transport, connection.remoteAddress, id);
    session.attachment = connection;
    return session;
  };

  /** Serves a connection once it has a session, or tells it why there is none. */
  const serve = async (
    connection: SocketConnection,
    find: () => Session | Promise<Session>,
    protocolFor: (session: Session) => SocketProtocol,
    refusedFrame: (refusal: SessionRefusal) => string,
  ): Promise<void> => {
    try {
      connection.serve(protocolFor(await find()));
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      const full = error.refusal.code === 'CAPACITY_REACHED';
      connection.refuse(refusedFrame(error.refusal), full ? TRY_AGAIN_LATER : NORMAL, full ? error.refusal.code : '');
    }
  };

  const serveSession = (socket: WebSocket, remoteAddress: string, wanted: string | null, id: EnvironmentSessionId): Promise<void> => {
    const connection = connect(socket, remoteAddress);
    return serve(
      connection,
      () => (wanted === null ? open('ws', connection, id) : sessions.attach(wanted, connection)),
      (session) => sessionProtocol({ session, connection, sessions, rpc, telemetry, onUnexpected }),
      errorFrame,
    );
  };

  const serveMcp = (socket: WebSocket, remoteAddress: string): Promise<void> => {
    const connection = connect(socket, remoteAddress);
    return serve(
      connection,
      () => open('mcp_ws', connection),
      (session) => mcpProtocol({ session, connection, sessions, rpc, telemetry }),
      (refusal) => JSON.stringify(refusedResponse(null, refusal)),
    );
  };

  const protocolRoutes = (app: FastifyInstance): void => {
    takeBodiesAsText(app);
    descriptionRoutes(app, options.readme ?? null);
    if (mode === 'simulation') environmentRoutes(app, services, tools);
    taskRoutes(app);
    mcpRoutes(app, { rpc, standard, onSocket: (socket, request) => serveMcp(socket, request.ip) });
    const promisedId = announceSessions(app.websocketServer);
    app.route({
      method: 'GET',
      url: '/ws',
      exposeHeadRoute: false,
      wsHandler: (socket, request) => {
        const { session_id: wanted } = request.query as { session_id?: unknown };
        return serveSession(socket, request.ip, typeof wanted === 'string' && wanted !== '' ? wanted : null, promisedId(request.raw));
      },
      handler: async (_request, reply) => sendDetail(reply, 404, 'Not Found'),
    });
    const { webInterface = null } = options;
    if (webInterface !== null) webInterfaceRoutes(app, { pool, telemetry, pageDir: webInterface.pageDir, readme: options.readme ?? null });
  };

  const close = async (): Promise<void> => {
    await Promise.all([...connections].map((connection) => connection.shutDown()));
    sessions.endAll('shutdown');
    await standard.close();
  };

  return {
    mode,
    services,
    async register(app) {
      await app.register(async (scope) => {
        guardRoutes(scope, { access: options.access, telemetry, isClosing: () => closing !== null, onUnexpected });
        for (const guard of options.guards ?? []) await guard(scope, services);
        await scope.register(async (child) => protocolRoutes(child));
        for (const group of options.routeGroups ?? []) await scope.register(async (child) => group(child, services));
      });
    },
    activity: () => ({
      uptimeMs: services.uptimeMs(),
      capacity: sessions.capacity,
      sessions: sessions.rows(),
      queues: { workers: pool.queues(), inference: options.inferenceQueue?.() ?? 0 },
      vector: services.vector?.totals() ?? NO_VECTOR,
      rates: telemetry.rates(),
    }),
    endSession(id) {
      const session = sessions.find(id);
      return session !== null && sessions.end(session, 'killed');
    },
    close: () => (closing ??= close()),
  };
}
