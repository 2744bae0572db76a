import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { BackendRouter } from '../../backend/router.ts';
import { contentSecurityPolicy } from '../../backend/web/contentSecurityPolicy.ts';
import { readRendererAsset } from '../../backend/web/rendererAssets.ts';
import type { AccessControl } from './accessControl.ts';
import type { HostPolicy } from '../../backend/web/hostPolicy.ts';
import { serveWebSockets } from './rpcSocket.ts';

/** Largest frame from the interface; its inputs are a few hundred bytes. */
const MOST_FRAME_BYTES = 256 * 1024;
const MOST_BODY_BYTES = 64 * 1024;
const MOST_SOCKETS = 32;

const SECURITY_HEADERS: { readonly [name: string]: string } = {
  'content-security-policy': contentSecurityPolicy(),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), usb=()',
};

export interface LoopbackServerOptions {
  readonly router: BackendRouter;
  /** Folder of the renderer build. */
  readonly rendererDir: string;
  readonly access: AccessControl;
  readonly hosts: HostPolicy;
  readonly onError: (error: unknown) => void;
  /** Takes every request that is not the interface's; absent: there is none to take them. */
  readonly environment?: EnvironmentPort;
}

/** What else is served on the port of the interface. */
export interface EnvironmentPort {
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Where strangers who open the address without a path are sent; null: nowhere. */
  readonly landing: string | null;
}

/**
 * The loopback host's server, not listening yet: the interface, oRPC over a WebSocket at `/rpc`, and `/healthz`.
 * Every request passes the Host and Origin checks, and all but the health check need a session.
 */
export async function createLoopbackServer(options: LoopbackServerOptions): Promise<FastifyInstance> {
  const { access, rendererDir, onError, environment } = options;
  const upgrades = createServer();
  const app = fastify({
    logger: false,
    bodyLimit: MOST_BODY_BYTES,
    forceCloseConnections: true,
    serverFactory: (handler) => switchboard(handler, upgrades, environment),
  });
  await app.register(websocket, { options: { maxPayload: MOST_FRAME_BYTES, server: upgrades } });

  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS);
    return refuseForeign(request, reply, options.hosts);
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const status = statusOf(error);
    if (status >= 500) onError(error);
    return sendText(reply, status, status >= 500 ? 'OmniGuard failed; its log has the details.' : 'Bad request.');
  });

  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/', async (request, reply) => {
    const token = tokenOf(request);
    if (token === null) {
      if (admitted(request, access)) return sendAsset(reply, rendererDir, '/');
      return typeof environment?.landing === 'string' ? reply.redirect(environment.landing, 307) : refuseStranger(reply);
    }
    const redeemed = access.redeem(token);
    if (redeemed.ok) {
      void reply.header('set-cookie', `${cookieName(request)}=${redeemed.session}; Path=/; HttpOnly; SameSite=Strict`);
      return reply.header('cache-control', 'no-store').redirect('/', 303);
    }
    // A reload of the printed address: the token is used up, but whoever used it is known.
    if (admitted(request, access)) return reply.redirect('/', 303);
    return redeemed.reason === 'wrong' ? refuseStranger(reply) : sendText(reply, 429, 'Too many wrong tokens; wait a minute.');
  });

  app.get('/favicon.ico', async (_request, reply) => reply.code(204).send());

  app.get('/*', async (request, reply) =>
    admitted(request, access) ? sendAsset(reply, rendererDir, pathOf(request)) : refuseStranger(reply),
  );

  const accept = serveWebSockets(options.router);
  app.get('/rpc', { websocket: true, preValidation: (request, reply) => admitSocket(request, reply, app, access) }, accept);
  return app;
}

const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than clients keep unused connections, so that none is closed just as it is used again. */
const KEEP_ALIVE_MS = 72_000;
/** The paths of the interface; with an environment server beside it all others are that one's. */
const INTERFACE_PATH = /^\/(?:$|rpc$|favicon\.ico$|index\.html$|icon\.svg$|assets\/)/;

/** One HTTP server before two applications, which know nothing of each other's rules. */
function switchboard(toInterface: RequestListener, upgrades: Server, environment: EnvironmentPort | undefined): Server {
  const isOurs = ({ url = '/' }: IncomingMessage): boolean => INTERFACE_PATH.test(url.split('?', 1)[0] ?? '/');
  const server = createServer((request, response) => {
    if (environment === undefined || isOurs(request)) toInterface(request, response);
    else environment.handle(request, response);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('upgrade', (request, socket, head) => {
    if (environment === undefined || isOurs(request)) upgrades.emit('upgrade', request, socket, head);
    else environment.upgrade(request, socket, head);
  });
  return server;
}

async function refuseForeign(request: FastifyRequest, reply: FastifyReply, hosts: HostPolicy): Promise<FastifyReply | undefined> {
  const { host, origin } = request.headers;
  if (!hosts.allowsHost(host, request.socket.localPort ?? 0)) return sendText(reply, 421, 'This address is not served here.');
  if (!hosts.allowsOrigin(origin, host ?? '')) return sendText(reply, 403, 'Requests from other pages are refused.');
  return undefined;
}

/** Browsers send an Origin with every WebSocket; a request without one is no page of ours. */
async function admitSocket(
  request: FastifyRequest,
  reply: FastifyReply,
  app: FastifyInstance,
  access: AccessControl,
): Promise<FastifyReply | undefined> {
  if (request.headers.origin === undefined) return sendText(reply, 403, 'An Origin header is needed.');
  if (!admitted(request, access)) return refuseStranger(reply);
  if (app.websocketServer.clients.size >= MOST_SOCKETS) return sendText(reply, 503, 'Too many open windows; close one.');
  return undefined;
}

function admitted(request: FastifyRequest, access: AccessControl): boolean {
  const name = cookieName(request);
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim().split('='));
  return cookies.some(([key, value]) => key === name && access.admits(value));
}

/** Cookies do not keep ports apart, so two hosts on one machine need two names. */
function cookieName(request: FastifyRequest): string {
  return `omniguard_${request.socket.localPort ?? 0}`;
}

function tokenOf(request: FastifyRequest): string | null {
  const { token } = request.query as { token?: unknown };
  return typeof token === 'string' ? token : null;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}

async function sendAsset(reply: FastifyReply, rendererDir: string, path: string): Promise<FastifyReply> {
  const asset = await readRendererAsset(rendererDir, path);
  if (asset === null) return sendText(reply, 404, 'Not found.');
  // Files under assets/ carry a hash of their content in their name.
  const caching = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store';
  return reply.header('cache-control', caching).type(asset.contentType).send(Buffer.from(asset.body));
}

function refuseStranger(reply: FastifyReply): FastifyReply {
  return sendText(
    reply,
    401,
    'Open the address that OmniGuard printed when it started; it works once. Start OmniGuard again for a new one.',
  );
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(`${text}\n`);
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
