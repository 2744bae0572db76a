import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A file that the fake Hub holds. */
export interface FakeFile {
  bytes: Uint8Array;
  /** Kept in the newer storage: a question about the file is answered with a description instead of a redirect. */
  xet?: boolean;
}

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: { readonly [name: string]: string } }
  /** The connection breaks before an answer. */
  | { readonly kind: 'reset' }
  /** The body stops halfway although the headers promise all of it. */
  | { readonly kind: 'truncated' }
  /** The body trickles. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Nothing comes, and the connection stays open. */
  | { readonly kind: 'silent' }
  /** The whole file with status 200, whatever range was asked for. */
  | { readonly kind: 'whole' };

export interface FakeRequest {
  /** `hub` answers the interface, `cdn` the bytes it redirects to. */
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/** Two HTTP servers of different origin that play the Hub and its content network for `@huggingface/hub`. */
export interface FakeHub {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
  /** Files by repository and path; changing one changes its entity tag. */
  readonly repositories: Map<string, { sha: string; files: Map<string, FakeFile> }>;
  /** Decides on each request; null answers it well. */
  faults: (request: FakeRequest) => Fault | null;
  close(): Promise<void>;
}

export async function startFakeHub(): Promise<FakeHub> {
  const requests: FakeRequest[] = [];
  const repositories: FakeHub['repositories'] = new Map();
  const fake: { -readonly [K in keyof FakeHub]: FakeHub[K] } = {
    url: '',
    requests,
    repositories,
    faults: () => null,
    close: async () => {
      for (const server of [hub, cdn]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };

  const serve = (
    host: FakeRequest['host'],
    answer: (request: IncomingMessage, response: ServerResponse, fault: Fault | null) => Promise<void>,
  ): Server =>
    createServer((request, response) => {
      const seen: FakeRequest = {
        host,
        path: decodeURIComponent(new URL(request.url ?? '/', 'http://fake').pathname),
        range: request.headers.range ?? null,
        authorization: request.headers.authorization ?? null,
      };
      requests.push(seen);
      const fault = fake.faults(seen);
      if (fault?.kind === 'reset') {
        request.socket.destroy();
        return;
      }
      if (fault?.kind === 'silent') return;
      if (fault?.kind === 'status') {
        response.writeHead(fault.status, fault.headers).end(JSON.stringify({ error: `fault ${fault.status}` }));
        return;
      }
      answer(request, response, fault).catch(() => response.destroy());
    });

  const cdn = serve('cdn', async (request, response, fault) => {
    const [, repository = '', path = ''] =
      /^\/cdn\/([^/]+\/[^/]+)\/(.+)$/.exec(decodeURIComponent(new URL(request.url ?? '/', 'http://fake').pathname)) ?? [];
    const file = repositories.get(repository)?.files.get(path);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    await sendBytes(response, file, request.headers.range, fault);
  });
  await listen(cdn);

  const hub = serve('hub', async (request, response, fault) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = decodeURIComponent(url.pathname);
    const api = /^\/api\/(?:datasets|models)\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(path);
    const resolve = /^\/(?:datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const repository = repositories.get(api?.[1] ?? resolve?.[1] ?? '');
    if (repository === undefined) {
      // What the Hub answers about repositories that are missing or hidden from an anonymous reader.
      response
        .writeHead(401, { 'x-error-code': 'RepoNotFound', 'content-type': 'application/json' })
        .end('{"error":"Repository not found"}');
      return;
    }
    if (api !== null) {
      const [, name = '', kind, rest = ''] = api;
      const known = rest === 'main' || rest === repository.sha || rest.startsWith(`${repository.sha}/`);
      if (!known) {
        response.writeHead(404, { 'x-error-code': 'RevisionNotFound' }).end('{"error":"Invalid rev id"}');
        return;
      }
      const json =
        kind === 'revision' ? datasetAnswer(name, repository.sha) : treeAnswer(repository.files, rest.slice(repository.sha.length + 1));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      return;
    }
    const [, name = '', , filePath = ''] = resolve ?? [];
    const file = repository.files.get(filePath);
    if (file === undefined) {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
      return;
    }
    const linked = { 'x-linked-etag': `"${etagOf(file)}"`, 'x-linked-size': String(file.bytes.length), 'x-repo-commit': repository.sha };
    if (file.xet === true && request.headers.accept?.includes('application/vnd.xet-fileinfo+json') === true) {
      const links = ['xet-auth', 'xet-reconstruction-info'].map((rel) => `<${fake.url}/xet/${rel}>; rel="${rel}"`).join(', ');
      response
        .writeHead(200, { ...linked, 'content-type': 'application/vnd.xet-fileinfo+json', 'x-xet-hash': 'a'.repeat(64), link: links })
        .end('{}');
      return;
    }
    if (fault !== null) {
      await sendBytes(response, file, request.headers.range, fault);
      return;
    }
    const target = `http://127.0.0.1:${(cdn.address() as AddressInfo).port}/cdn/${name}/${filePath.split('/').map(encodeURIComponent).join('/')}?signature=secret`;
    response.writeHead(302, { ...linked, location: target }).end();
  });
  await listen(hub);

  // Another name of this machine than the content network's, so that the two differ in more than the port.
  fake.url = `http://localhost:${(hub.address() as AddressInfo).port}`;
  return fake;
}

/** Puts a repository with its files in place. */
export function putRepository(hub: FakeHub, name: string, files: { readonly [path: string]: Uint8Array | string }, xet = false): void {
  const entries = Object.entries(files).map(([path, content]): [string, FakeFile] => [path, { bytes: Buffer.from(content), xet }]);
  hub.repositories.set(name, { sha: createHash('sha1').update(name).digest('hex'), files: new Map(entries) });
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, resolve));
}

function etagOf({ bytes }: FakeFile): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function datasetAnswer(id: string, sha: string): object {
  return {
    _id: '0123456789abcdef01234567',
    id,
    sha,
    private: false,
    gated: false,
    downloads: 1,
    likes: 1,
    lastModified: '2026-01-01T00:00:00.000Z',
  };
}

function treeAnswer(files: ReadonlyMap<string, FakeFile>, folder: string): object[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  return [...files]
    .filter(([path]) => path.startsWith(prefix) && (folder !== '' || !path.includes('/')))
    .map(([path, file]) => ({ type: 'file', path, size: file.bytes.length, oid: etagOf(file).slice(0, 40) }));
}

async function sendBytes(response: ServerResponse, file: FakeFile, range: string | undefined, fault: Fault | null): Promise<void> {
  const { bytes } = file;
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const whole = from === undefined || fault?.kind === 'whole';
  const start = whole ? 0 : Number(from);
  const end = whole || to === undefined || to === '' ? bytes.length : Math.min(bytes.length, Number(to) + 1);
  const part = bytes.subarray(start, end);
  // The content network has entity tags of its own; the Hub's stands in the header it sends with the redirect.
  const headers = { 'content-length': String(part.length), 'accept-ranges': 'bytes', etag: `"cdn-${etagOf(file).slice(0, 16)}"` };
  response.writeHead(whole ? 200 : 206, whole ? headers : { ...headers, 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` });
  if (fault?.kind === 'truncated') {
    response.write(part.subarray(0, Math.floor(part.length / 2)), () => response.destroy());
    return;
  }
  if (fault?.kind === 'slow') {
    for (let at = 0; at < part.length; at += Math.ceil(part.length / 4)) {
      response.write(part.subarray(at, at + Math.ceil(part.length / 4)));
      await delay(fault.ms);
    }
    response.end();
    return;
  }
  response.end(part);
}
