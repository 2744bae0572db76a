import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../contract/json.ts';
import { startFullServer, type FullServer } from '../testing/fullServer.ts';

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly example: string }[];
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema: JsonObject; readonly examples: Record<string, { readonly value: unknown }> }>;
  };
  readonly responses: Record<string, JsonObject>;
}
interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, JsonObject> };
}

let server: FullServer;
let document: OpenApi;

beforeAll(async () => {
  server = await startFullServer();
  document = (await server.get('/openapi.json')).json<OpenApi>();
});
afterAll(() => server.close());

function operations(of: OpenApi): { readonly method: string; readonly path: string; readonly operation: Operation }[] {
  return Object.entries(of.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

describe('/openapi.json', () => {
  it('is version 3.1 and names the protocol', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'OpenEnv Environment HTTP API', version: '1.0.0' });
  });

  it('refers to nothing outside itself, and to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference);
    expect(references.length).toBeGreaterThan(20);
    const known = new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`));
    expect(references.filter((reference) => !known.has(reference))).toEqual([]);
  });

  it('documents both bodies of /reset and /step', () => {
    for (const path of ['/reset', '/step']) {
      const content = document.paths[path]?.['post']?.requestBody?.content['application/json'];
      expect(content?.schema['oneOf']).toHaveLength(2);
      expect(Object.keys(content?.examples ?? {})).toEqual(expect.arrayContaining(['openenv', 'vector']));
    }
  });

  it('lists in production what is there, and nothing that resets', async () => {
    const production = await startFullServer({}, 'production');
    try {
      const { paths } = (await production.get('/openapi.json')).json<OpenApi>();
      const gone = Object.keys(document.paths).filter((path) => !(path in paths));
      expect(gone.toSorted()).toEqual(['/reset', '/state', '/step']);
      for (const path of gone) expect((await production.post(path, {})).status).toBe(404);
      expect((await production.get('/info')).json<{ environments: number }>().environments).toBe(0);
      expect((await production.get('/metrics')).json<{ vector: unknown }>().vector).toBeNull();
      const infer = { model: 'trained', observation_of: { env_id: 0 } };
      expect((await production.post('/api/infer', infer)).status).toBe(422);
    } finally {
      await production.close();
    }
  });

  it('has an example for every operation that takes a body, and each works, one after the other', async () => {
    let tried = 0;
    for (const { method, path, operation } of operations(document)) {
      const url = (operation.parameters ?? []).reduce((text, { name, example }) => text.replace(`{${name}}`, example), path);
      if (operation.requestBody === undefined) {
        expect([url, (await server.get(url)).status]).toEqual([url, 200]);
        continue;
      }
      expect(method).toBe('post');
      const examples = Object.entries(operation.requestBody.content['application/json']?.examples ?? {});
      expect(examples.length).toBeGreaterThan(0);
      for (const [name, { value }] of examples) {
        const answer = await server.post(url, value);
        expect([url, name, answer.status, answer.status === 200 ? '' : answer.text]).toEqual([url, name, 200, '']);
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(10);
  });

  it('lists every path that the server answers, and no other', async () => {
    const undocumented = ['/docs', '/openapi.json', '/redoc'];
    for (const path of undocumented) expect(document.paths).not.toHaveProperty([path]);
    for (const { method, path } of operations(document)) {
      const other = method === 'get' ? 'PUT' : 'PATCH';
      const response = await fetch(server.url + path.replace('{env}', 'omniguard'), { method: other });
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, expect.stringContaining(method.toUpperCase())]);
    }
  });
});

describe('/docs', () => {
  it('serves the page and all it needs from here, without inline scripts', async () => {
    const page = await server.get('/docs');
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:/);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source);
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      expect(source).toMatch(/^[./]/);
      expect([source, (await server.get(new URL(source, `${server.url}/docs`).pathname)).status]).toEqual([source, 200]);
    }
    expect(page.text).not.toMatch(/<script(?![^>]*src=)[^>]*>[^<\s]/);
  });

  it('shows the document with the server one level up, so that a path in front of it survives', async () => {
    const shown = (await server.get('/docs/json')).json<{ servers: unknown; paths: object }>();
    expect(shown.servers).toEqual([{ url: '..' }]);
    expect(Object.keys(shown.paths)).toEqual(Object.keys(document.paths));
  });

  it('is where /redoc leads', async () => {
    const response = await fetch(`${server.url}/redoc`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'docs']);
    expect((await server.get('/redoc')).status).toBe(200);
  });
});
