import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { JsonObject } from '../../../contract/json.ts';
import { refuseOtherMethods, sendJson } from '../http/replies.ts';
import type { RouteGroup } from '../server/services.ts';
import { openApiDocument } from './openApi.ts';

/** The page brings its own scripts and styles; Swagger UI sets style attributes and shows icons from data URLs. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface DocsRoutesParts {
  /** Whether the server takes decisions at /api/infer. */
  readonly inference: boolean;
}

/** /openapi.json, and the same for people at /docs, offline. */
export function docsRoutes({ inference }: DocsRoutesParts): RouteGroup {
  return async (app, { mode, vector }) => {
    const document = openApiDocument({ mode, vector: vector !== null, inference });
    const json = JSON.stringify(document);
    app.get('/openapi.json', { exposeHeadRoute: false }, async (_request, reply) => sendJson(reply, 200, json));
    refuseOtherMethods(app, '/openapi.json', ['GET']);
    app.get('/redoc', { exposeHeadRoute: false }, async (_request, reply) => reply.redirect('docs', 302));
    refuseOtherMethods(app, '/redoc', ['GET']);
    await app.register(async (pages) => {
      await pages.register(swagger, { mode: 'static', specification: { document: document as unknown as StaticDocumentSpec['document'] } });
      pages.addHook('onRequest', async (request, reply) => {
        // Behind a token in the path the page's own files are found from `docs/` only.
        const bare = request.url.split('?', 1)[0] === '/docs';
        return bare && request.originalUrl !== request.url ? reply.redirect('docs/', 302) : undefined;
      });
      await pages.register(swaggerUi, {
        routePrefix: '/docs',
        staticCSP: PAGE_POLICY,
        uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list' },
        theme: { title: 'OmniGuard environment API' },
        // The page stands one level below the server's root, whatever stands in front of it.
        transformSpecification: (specification) => ({ ...(specification as JsonObject), servers: [{ url: '..' }] }),
      });
    });
  };
}
