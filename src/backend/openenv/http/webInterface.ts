import type { FastifyInstance, FastifyReply } from 'fastify';
import type { WebSocket } from 'ws';
import type { JsonObject } from '../../../contract/json.ts';
import { contentSecurityPolicy } from '../../web/contentSecurityPolicy.ts';
import { readRendererAsset } from '../../web/rendererAssets.ts';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import type { ServerTelemetry } from '../server/services.ts';
import { freshEpisode, readLenientReset } from '../wire/resetInput.ts';
import { readStepInput } from '../wire/stepInput.ts';
import { environmentMetadata } from './describe.ts';
import { readObject, refuseOtherMethods, sendDetail, sendEnvironmentReply, sendJson } from './replies.ts';
import { WebEnvironment } from './webEnvironment.ts';

/** What may wait for a window that has stopped reading before it is dropped. */
const MOST_BUFFERED_BYTES = 16 * 1024 * 1024;

const PAGE_HEADERS: { readonly [name: string]: string } = {
  'content-security-policy': contentSecurityPolicy(),
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

export interface WebInterfaceOptions {
  readonly pool: EnvironmentPool;
  readonly telemetry: ServerTelemetry;
  /** Folder of the built page. */
  readonly pageDir: string;
  readonly readme: string | null;
}

/** `/web/`: a page for people to try the environment by hand, and the JSON routes behind it, on one shared environment. */
export function webInterfaceRoutes(app: FastifyInstance, { pool, telemetry, pageDir, readme }: WebInterfaceOptions): void {
  const environment = new WebEnvironment(pool, telemetry);
  const metadata = JSON.stringify(environmentMetadata(readme));
  const get = { exposeHeadRoute: false };

  for (const url of ['/', '/web']) {
    // Behind a token in the path only a relative address leads back through it.
    app.get(url, get, async (request, reply) => reply.redirect(request.originalUrl === request.url ? '/web/' : 'web/', 307));
  }
  app.get('/web/', get, async (_request, reply) => sendPage(reply, pageDir, '/'));
  app.get('/web/*', get, async (request, reply) => sendPage(reply, pageDir, `/${(request.params as { readonly '*': string })['*']}`));
  app.get('/web/metadata', get, async (_request, reply) => sendJson(reply, 200, metadata));
  app.get('/web/state', get, async (_request, reply) => sendEnvironmentReply(reply, await environment.state()));

  app.post('/web/reset', async (request, reply) => {
    const body = readObject(request, {});
    if (!body.ok) return sendDetail(reply, 422, [body.issue]);
    const read = readLenientReset(body.value);
    if (!read.ok) return sendDetail(reply, 422, read.errors);
    return sendEnvironmentReply(reply, await environment.reset(freshEpisode(read.args), read.ignored));
  });

  app.post('/web/step', async (request, reply) => {
    const body = readObject(request);
    if (!body.ok) return sendDetail(reply, 422, [body.issue]);
    const read = readStepInput(actionOf(body.value));
    if (!read.ok) return sendDetail(reply, 422, read.errors);
    if (read.input.kind !== 'decision') return sendDetail(reply, 422, 'The web interface takes decisions only.');
    return sendEnvironmentReply(reply, await environment.step(read.input.action));
  });

  app.get('/ws/ui', { websocket: true, exposeHeadRoute: false }, (socket: WebSocket) => {
    const end = environment.watch((update) => {
      if (socket.bufferedAmount > MOST_BUFFERED_BYTES) socket.terminate();
      else socket.send(JSON.stringify(update), () => undefined);
    });
    socket.on('close', end);
    socket.on('error', () => undefined);
  });

  for (const url of ['/web/reset', '/web/step']) refuseOtherMethods(app, url, ['POST', 'GET']);
}

/** Both forms that the interface's clients send: the action itself under its key, or a message that names one. */
function actionOf(body: JsonObject): JsonObject {
  const { action, message } = body;
  if (typeof action === 'object' && action !== null && !Array.isArray(action)) return action as JsonObject;
  return typeof message === 'string' ? { action_type: message.trim() } : body;
}

async function sendPage(reply: FastifyReply, pageDir: string, path: string): Promise<FastifyReply> {
  const asset = await readRendererAsset(pageDir, path);
  if (asset === null) return sendDetail(reply, 404, 'Not Found');
  return reply.headers(PAGE_HEADERS).header('cache-control', 'no-store').type(asset.contentType).send(Buffer.from(asset.body));
}
