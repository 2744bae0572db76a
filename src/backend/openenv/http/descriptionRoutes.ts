import type { FastifyInstance } from 'fastify';
import { environmentMetadata, ENVIRONMENT_SCHEMAS } from './describe.ts';
import { refuseOtherMethods, sendJson } from './replies.ts';

/** What the environment is: /health, /metadata and /schema, the same in both modes. */
export function descriptionRoutes(app: FastifyInstance, readme: string | null): void {
  const documents: readonly (readonly [url: string, json: string])[] = [
    ['/health', JSON.stringify({ status: 'healthy' })],
    ['/metadata', JSON.stringify(environmentMetadata(readme))],
    ['/schema', JSON.stringify(ENVIRONMENT_SCHEMAS)],
  ];
  for (const [url, json] of documents) {
    app.get(url, { exposeHeadRoute: false }, async (_request, reply) => sendJson(reply, 200, json));
    refuseOtherMethods(app, url, ['GET']);
  }
}
