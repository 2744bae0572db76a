import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance } from 'fastify';
import type { TryRequest, TryResponse } from '../../../contract/environmentServer.ts';
import { MOST_BODY_BYTES, sendDetail } from '../http/replies.ts';
import type { ServerAccess } from './access.ts';
import type { EnvironmentServer } from './environmentServer.ts';

/** Most of a reply that the try-it panel is given, characters. */
const MOST_SHOWN = 262_144;
const TRY_TIMEOUT_MS = 60_000;
/** How long replies that nobody reads may hold up the end, milliseconds. */
const CLOSING_MS = 5_000;
const REQUEST_TIMEOUT_MS = 50_000;

/** The environment server with everything HTTP: to listen by itself, or to be handed requests by a host's own server. */
export interface EnvironmentApp {
  /** @returns the port that is listened on */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Carries a request out on the server's own routes, past the access rules. */
  inject(request: TryRequest): Promise<TryResponse>;
  /** Ends the environment server and every connection. Idempotent. */
  close(): Promise<void>;
}

export async function createEnvironmentApp(server: EnvironmentServer, access: ServerAccess): Promise<EnvironmentApp> {
  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    // A request that trickles in must be here before its client gives up on the reply.
    requestTimeout: REQUEST_TIMEOUT_MS,
    rewriteUrl: (request) => access.rewriteUrl(request),
    // Malformed addresses never reach a route.
    frameworkErrors: (_error, _request, reply) => void sendDetail(reply, 400, 'Bad Request'),
  });
  await app.register(websocket, { options: { maxPayload: MOST_BODY_BYTES, perMessageDeflate: false } });
  await server.register(app);
  await app.ready();
  let closing: Promise<void> | null = null;

  return {
    async listen({ host, port }) {
      await app.listen({ host, port });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    handle: (request, response) => app.routing(request, response),
    upgrade: (request, socket, head) => void app.server.emit('upgrade', request, socket, head),
    inject: (request) => inject(app, access, request),
    close: () => (closing ??= close(app, server)),
  };
}

async function close(app: FastifyInstance, server: EnvironmentServer): Promise<void> {
  await server.close();
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSING_MS).unref();
  await app.close();
  clearTimeout(timer);
}

async function inject(app: FastifyInstance, access: ServerAccess, { method, path, body, accept }: TryRequest): Promise<TryResponse> {
  const startedAt = performance.now();
  const abort = new AbortController();
  // Streams have no end; what has not come by then is not shown.
  const timer = setTimeout(() => abort.abort(), TRY_TIMEOUT_MS).unref();
  try {
    const response = await app.inject({
      method,
      url: access.internalPath(path),
      headers: { ...(accept === undefined ? {} : { accept }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { payload: body }),
      signal: abort.signal,
    });
    const contentType = response.headers['content-type'];
    return {
      status: response.statusCode,
      contentType: typeof contentType === 'string' ? contentType : null,
      body: response.body.slice(0, MOST_SHOWN),
      truncated: response.body.length > MOST_SHOWN,
      milliseconds: Math.round(performance.now() - startedAt),
    };
  } finally {
    clearTimeout(timer);
  }
}
