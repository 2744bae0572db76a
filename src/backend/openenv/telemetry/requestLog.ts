import type { FastifyRequest } from 'fastify';
import type { RouteGroup } from '../server/services.ts';

/** The part of a logger that requests need; pino fits. */
export interface RequestLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/**
 * One line for each request: route, status, time, sizes, session. Bodies, queries and header values stay out of it,
 * because they hold what attackers wrote and what users sent.
 */
export function logRequests(logger: RequestLogger): RouteGroup {
  return (app) => {
    app.addHook('onResponse', async (request, reply) => {
      const details = {
        method: request.method,
        // The pattern, not the path: a path may hold a token.
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
        bytesIn: sizeOf(request.headers['content-length']),
        bytesOut: sizeOf(reply.getHeader('content-length')),
        ...sessionOf(request),
      };
      if (reply.statusCode >= 500) logger.warn(details, 'request failed');
      else logger.info(details, 'request');
    });
  };
}

function sizeOf(header: unknown): number | null {
  const size = Number(header ?? Number.NaN);
  return Number.isSafeInteger(size) ? size : null;
}

const SESSION_ID = /^[\w-]{1,64}$/;

/** The session that a standard MCP client or a resumed connection names; anything that is no id is left out. */
function sessionOf({ headers, query }: FastifyRequest): { readonly session?: string } {
  const id = headers['mcp-session-id'] ?? (query as { session_id?: unknown }).session_id;
  return typeof id === 'string' && SESSION_ID.test(id) ? { session: id } : {};
}
