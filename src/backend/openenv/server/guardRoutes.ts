import type { FastifyInstance } from 'fastify';
import { sendDetail } from '../http/replies.ts';
import type { ServerAccess } from './access.ts';
import type { ServerTelemetry } from './services.ts';

export interface GuardOptions {
  readonly access: ServerAccess;
  readonly telemetry: ServerTelemetry;
  /** True once the server takes nothing more. */
  readonly isClosing: () => boolean;
  readonly onUnexpected: (error: unknown) => void;
}

/** What holds for every route of the environment server: who may use it, how errors look, what is counted. */
export function guardRoutes(scope: FastifyInstance, { access, telemetry, isClosing, onUnexpected }: GuardOptions): void {
  scope.addHook('onRequest', async (request, reply) => {
    void reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    const refusal = access.refuse(request.raw);
    if (refusal !== null) {
      if (refusal.status === 401) void reply.header('www-authenticate', 'Basic realm="OmniGuard", charset="UTF-8"');
      return sendDetail(reply, refusal.status, refusal.detail);
    }
    if (isClosing()) return sendDetail(reply.header('connection', 'close'), 503, 'The server is shutting down.');
    return undefined;
  });
  scope.addHook('onResponse', async (request, reply) => {
    if (request.ws !== true) telemetry.request(request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime);
  });
  scope.setErrorHandler(async (error, _request, reply) => {
    const status = statusOf(error);
    if (status >= 500) onUnexpected(error);
    return sendDetail(reply, status, DETAILS[status] ?? (status >= 500 ? 'Internal Server Error' : 'Bad Request'));
  });
  scope.setNotFoundHandler(async (_request, reply) => sendDetail(reply, 404, 'Not Found'));
}

const DETAILS: { readonly [status: number]: string } = {
  413: 'Request body is too large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
};

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
