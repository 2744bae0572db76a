import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { refuseOtherMethods, sendJson } from '../http/replies.ts';
import type { EnvironmentServices, RouteGroup } from '../server/services.ts';
import { exportGauges, prometheusText } from '../telemetry/prometheus.ts';
import { infoOf } from './info.ts';
import { metricsOf, queuesOf } from './metrics.ts';
import type { VectorEnvironments } from './vectorEnvironments.ts';

export interface VectorRoutesParts {
  /** Null where the server has none. Asked when the routes are mounted. */
  readonly vector: () => VectorEnvironments | null;
  readonly registry: Registry;
  readonly inferenceQueue: () => number;
  /** True once the server takes nothing more. */
  readonly isClosing: () => boolean;
}

/** How the environments are: /healthz, /readyz, /info and /metrics. */
export function vectorRoutes({ vector: find, registry, inferenceQueue, isClosing }: VectorRoutesParts): RouteGroup {
  return (app, services) => {
    const vector = find();
    exportGauges({ registry, services, vector, inferenceQueue });
    const get = (url: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): void => {
      app.get(url, { exposeHeadRoute: false }, handler);
      refuseOtherMethods(app, url, ['GET']);
    };
    const environments = vector?.environments ?? 0;
    get('/healthz', async (_request, reply) => {
      const queues = queuesOf(services, inferenceQueue);
      return sendJson(reply, 200, JSON.stringify({ status: 'ok', environments, queues }));
    });
    get('/readyz', async (_request, reply) => {
      const problem = problemOf(services, isClosing());
      return sendJson(reply, problem === null ? 200 : 503, JSON.stringify({ ready: problem === null, problem }));
    });
    const info = JSON.stringify(infoOf(services, environments));
    get('/info', async (_request, reply) => sendJson(reply, 200, info));
    get('/metrics', async (request, reply) => {
      void reply.header('vary', 'accept');
      if (prefersText(request.headers.accept)) return sendPrometheus(reply, registry);
      return sendJson(reply, 200, JSON.stringify(metricsOf(services, vector, inferenceQueue)));
    });
    get('/metrics/prometheus', async (_request, reply) => sendPrometheus(reply, registry));
  };
}

/** Why the environments cannot play now, in one sentence; null when they can. */
function problemOf({ pool }: EnvironmentServices, closing: boolean): string | null {
  if (closing) return 'The server is closing.';
  return pool.ready() ? null : 'No environment worker is running.';
}

async function sendPrometheus(reply: FastifyReply, registry: Registry): Promise<FastifyReply> {
  return reply.type(registry.contentType).send(await prometheusText(registry));
}

/** Which of the two forms of /metrics a client would rather have; JSON when it does not say. */
export function prefersText(accept: string | undefined): boolean {
  let best = { quality: 0, text: false };
  for (const part of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const stated = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = stated === undefined ? 1 : Number(stated.slice(2));
    const text = TEXT_TYPES.has(type);
    if ((text || type === 'application/json') && quality > best.quality) best = { quality, text };
  }
  return best.text;
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['text/plain', 'application/openmetrics-text']);
