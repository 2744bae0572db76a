import { datasetInfo, fileDownloadInfo, listFiles, modelInfo } from '@huggingface/hub';
import { CorpusStreamError, throwIfCancelled } from './corpusStreamError.ts';
import { askedPauseMs, backoffMs, DEFAULT_RETRY, type RetryPolicy } from './retry.ts';

const DEFAULT_HUB = 'https://huggingface.co';
const MOST_REDIRECTS = 5;

export interface HubClientOptions {
  /** Origin of the Hub, with or without a path. */
  readonly hubUrl?: string;
  /** What its repositories hold. Default `dataset`. */
  readonly kind?: 'dataset' | 'model';
  /** Sent to the Hub's own host alone. */
  readonly token?: string | undefined;
  readonly retry?: Partial<RetryPolicy>;
  /** A server that sends nothing for so long counts as gone, milliseconds. */
  readonly stallMs?: number;
}

/** A file as it was when it was described. */
export interface FileVersion {
  readonly path: string;
  /** Without quotes and weakness mark. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** A file of a repository at a pinned commit. */
export interface RemoteFile extends FileVersion {
  readonly repository: string;
  readonly commit: string;
}

/** How one request goes on; each repetition is told to `onRetry`. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: (() => void) | undefined;
}

/** Reads public or permitted repositories of the Hub. All methods throw CorpusStreamError and nothing else. */
export interface HubClient {
  readonly hubUrl: string;
  readonly hasToken: boolean;
  /** The commit that a branch points to, 40 hexadecimal digits. */
  resolveCommit(repository: string, branch: string, options?: RequestOptions): Promise<string>;
  /** Paths of the files directly in a folder at a commit, in order. */
  listFolder(repository: string, commit: string, folder: string, options?: RequestOptions): Promise<readonly string[]>;
  fileInfo(repository: string, commit: string, path: string, options?: RequestOptions): Promise<FileVersion>;
  /** Bytes `start` to `end`, exclusive, of a file that is still the one described. */
  readRange(file: RemoteFile, start: number, end: number, options?: RequestOptions): Promise<Uint8Array>;
}

/** Options from HF_ENDPOINT and HF_TOKEN. @throws CorpusStreamError when HF_ENDPOINT is no web address */
export function hubOptionsFrom(environment: NodeJS.ProcessEnv): HubClientOptions {
  const endpoint = environment['HF_ENDPOINT']?.trim();
  const token = environment['HF_TOKEN']?.trim();
  return {
    ...(endpoint === undefined || endpoint === '' ? {} : { hubUrl: endpoint }),
    ...(token === undefined || token === '' ? {} : { token }),
  };
}

export function createHubClient(options: HubClientOptions = {}): HubClient {
  const hub = hubAddress(options.hubUrl ?? DEFAULT_HUB);
  const hubUrl = hub.href.replace(/\/$/, '');
  const policy: RetryPolicy = { ...DEFAULT_RETRY, ...options.retry };
  const stallMs = options.stallMs ?? 30_000;
  const kind = options.kind ?? 'dataset';
  // A token in the clear is read by everybody on the way; a Hub on this machine has no such way.
  const mayCarryToken = hub.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hub.hostname);
  const token = mayCarryToken ? options.token : undefined;

  /** One request with its redirects; resolves to the last answer, told what the Hub said of the file on the way. */
  async function send(url: string, init: RequestInit | undefined, signal: AbortSignal): Promise<Response> {
    let target = new URL(url);
    const told = new Headers();
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const headers = new Headers(init?.headers);
      headers.delete('authorization');
      if (token !== undefined && target.origin === hub.origin) headers.set('authorization', `Bearer ${token}`);
      const response = await fetch(target, { ...init, headers, redirect: 'manual', signal });
      for (const name of ['x-linked-etag', 'x-linked-size', 'x-error-code']) {
        const value = response.headers.get(name);
        if (value !== null && !told.has(name)) told.set(name, value);
      }
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) return withHeaders(response, told);
      await response.body?.cancel();
      target = new URL(location, target);
      if (target.protocol !== 'https:' && target.protocol !== 'http:') {
        throw new CorpusStreamError('server_failed', 'The Hub redirects to an address that is no web address; check HF_ENDPOINT.');
      }
    }
    throw new CorpusStreamError('server_failed', 'The Hub redirects in a circle; check HF_ENDPOINT.');
  }

  /** Runs an attempt until it succeeds or must not be repeated. The watchdog is kept awake by calling `alive`. */
  async function persist<T>(
    attempt: (signal: AbortSignal, alive: () => void) => Promise<T>,
    { signal, onRetry }: RequestOptions,
  ): Promise<T> {
    for (let number = 1; ; number++) {
      throwIfCancelled(signal);
      const stalled = new AbortController();
      let timer = setTimeout(() => stalled.abort(), stallMs);
      const alive = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), stallMs);
      };
      let failure: Repeatable;
      try {
        return await attempt(signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]), alive);
      } catch (error) {
        throwIfCancelled(signal);
        if (error instanceof CorpusStreamError) throw error;
        failure = error instanceof Repeatable ? error : new Repeatable(unreachable(hub, error), null);
      } finally {
        clearTimeout(timer);
      }
      const { asked, outcome } = failure;
      if (number >= policy.attempts || (asked !== null && asked > policy.patienceMs)) throw outcome;
      onRetry?.();
      try {
        await policy.sleep(Math.max(asked ?? 0, backoffMs(policy, number + 1)), signal);
      } catch (error) {
        throwIfCancelled(signal);
        throw error;
      }
    }
  }

  /** A `fetch` for the Hub's library: the answers it sees are good ones. */
  const fetchFor = (options: RequestOptions): typeof fetch => {
    return (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return persist(async (signal) => {
        const response = await send(url, init, signal);
        await refuseFailure(response, url, hub, token !== undefined);
        const described = response.headers.get('content-type')?.includes('xet-fileinfo') === true;
        if (response.status !== 206 && !described && new Headers(init?.headers).has('range'))
          throw wholeFile(response, decodeURIComponent(url.split('/').at(-1) ?? ''));
        // Read here, so that a body that breaks off is asked for again.
        const body = await response.arrayBuffer();
        return new Response(body, { status: response.status, headers: response.headers });
      }, options);
    };
  };

  /** Whatever the library makes of an answer it does not expect becomes one of our errors. */
  async function understood<T>(repository: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof CorpusStreamError) throw cause;
      throw new CorpusStreamError(
        'server_failed',
        `The Hub's answer about ${repository} cannot be understood; check HF_ENDPOINT, or update OmniGuard.`,
        { cause },
      );
    }
  }

  return {
    hubUrl,
    hasToken: token !== undefined,

    resolveCommit: (repository, branch, options = {}) =>
      understood(repository, async () => {
        const about = { name: repository, revision: branch, hubUrl, fetch: fetchFor(options) };
        const { sha } = await (kind === 'model'
          ? modelInfo({ ...about, additionalFields: ['sha'] })
          : datasetInfo({ ...about, additionalFields: ['sha'] }));
        if (!/^[0-9a-f]{40}$/.test(sha)) throw new TypeError('no commit in the answer');
        return sha;
      }),

    listFolder: (repository, commit, folder, options = {}) =>
      understood(repository, async () => {
        const paths: string[] = [];
        const entries = listFiles({
          repo: { type: kind, name: repository },
          revision: commit,
          recursive: folder !== '',
          hubUrl,
          fetch: fetchFor(options),
          ...(folder === '' ? {} : { path: folder }),
        });
        for await (const { type, path } of entries) if (type === 'file') paths.push(path);
        return paths.sort();
      }),

    fileInfo: (repository, commit, path, options = {}) =>
      understood(repository, async () => {
        const repo = { type: kind, name: repository };
        const info = await fileDownloadInfo({ repo, path, revision: commit, hubUrl, fetch: fetchFor(options) });
        if (info === null) throw notFound(`${repository}/${path}`);
        return { path, etag: bareEtag(info.etag), size: info.size };
      }),

    readRange: (file, start, end, options = {}) =>
      persist(async (signal, alive) => {
        // Signed addresses of the content network run out; the one at the Hub itself does not.
        const path = file.path.split('/').map(encodeURIComponent).join('/');
        const url = `${hubUrl}/${kind === 'dataset' ? 'datasets/' : ''}${file.repository}/resolve/${file.commit}/${path}`;
        const response = await send(url, { headers: { range: `bytes=${start}-${end - 1}` } }, signal);
        await refuseFailure(response, url, hub, token !== undefined);
        checkRange(response, file, start, end);
        const bytes = new Uint8Array(end - start);
        let filled = 0;
        for await (const chunk of response.body ?? []) {
          alive();
          const part = chunk as Uint8Array;
          if (filled + part.length > bytes.length) break;
          bytes.set(part, filled);
          filled += part.length;
        }
        if (filled !== bytes.length) {
          throw new Repeatable(
            new CorpusStreamError(
              'file_corrupt',
              `The download of ${file.path} broke off again and again; check the connection or a proxy on the way, then start again.`,
            ),
            null,
          );
        }
        return bytes;
      }, options),
  };
}

/** A failure that may pass: repeated, and `outcome` when it does not. */
class Repeatable extends Error {
  readonly outcome: CorpusStreamError;
  /** The pause that the server asks for, milliseconds. */
  readonly asked: number | null;

  constructor(outcome: CorpusStreamError, asked: number | null) {
    super(outcome.message, { cause: outcome });
    this.outcome = outcome;
    this.asked = asked;
  }
}

function hubAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new CorpusStreamError('not_found', 'HF_ENDPOINT is no web address; set it to one such as https://huggingface.co, or unset it.');
  }
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url;
}

function withHeaders(response: Response, told: Headers): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of told) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

function unreachable(hub: URL, cause: unknown): CorpusStreamError {
  return new CorpusStreamError(
    'network_missing',
    `${hub.host} cannot be reached: check the connection or HF_ENDPOINT; rows that are cached stay usable.`,
    { cause },
  );
}

function notFound(what: string): CorpusStreamError {
  return new CorpusStreamError('not_found', `The Hub has no ${what}: it was moved or renamed; look it up there and update OmniGuard.`);
}

/** Returns when the answer is a good one. @throws CorpusStreamError or Repeatable */
async function refuseFailure(response: Response, url: string, hub: URL, hasToken: boolean): Promise<void> {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return;
  await response.body?.cancel();
  const about = new URL(url).pathname
    .replace(/^\/(?:api\/)?(?:datasets\/|models\/)?/, '')
    .replace(/\/(?:tree|revision|resolve)\/[^/]+/, '');
  const what = about.split('/').map(decodeURIComponent).join('/');
  const code = headers.get('x-error-code');
  if (status === 404 || code === 'RepoNotFound' || code === 'EntryNotFound' || code === 'RevisionNotFound') throw notFound(what);
  if (status === 401 || status === 403) throw refused(what, hasToken);
  if (status === 416) throw changed(what);
  const asked = askedPauseMs(headers);
  if (status === 429) {
    const pause = asked === null ? 'a few minutes' : `${Math.ceil(asked / 1_000)} seconds`;
    throw new Repeatable(
      new CorpusStreamError(
        'rate_limited',
        `The Hub answers no more requests for now: start again in ${pause}${hasToken ? '' : ', or set HF_TOKEN for a higher limit'}.`,
      ),
      asked,
    );
  }
  const failed = new CorpusStreamError(
    'server_failed',
    `${hub.host} answered with status ${status}: start again later; the place in the corpus is kept.`,
  );
  if (status >= 500 || status === 408) throw new Repeatable(failed, asked);
  throw failed;
}

function refused(what: string, hasToken: boolean): CorpusStreamError {
  const [owner = '', name = ''] = what.split('/');
  const repository = `${owner}/${name}`;
  if (hasToken) {
    return new CorpusStreamError(
      'gated',
      `Access to ${repository} is restricted: accept its terms on the Hub with the account of HF_TOKEN.`,
    );
  }
  return new CorpusStreamError('gated', `Access to ${repository} asks for an account: accept its terms on the Hub and set HF_TOKEN.`);
}

function changed(path: string): CorpusStreamError {
  return new CorpusStreamError('file_changed', `${path} has changed on the Hub: clear this corpus's cache and start it again.`);
}

/** The answer must be the range asked for, of the file that was described. */
function checkRange(response: Response, file: RemoteFile, start: number, end: number): void {
  if (response.status !== 206) throw wholeFile(response, file.path);
  const etag = response.headers.get('x-linked-etag') ?? response.headers.get('etag');
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  if ((etag !== null && bareEtag(etag) !== file.etag) || Number(total) !== file.size) {
    void response.body?.cancel();
    throw changed(file.path);
  }
  if (Number(first) !== start || Number(last) !== end - 1) {
    void response.body?.cancel();
    throw new CorpusStreamError(
      'range_refused',
      `The server of ${file.path} answers with other bytes than asked for: use another HF_ENDPOINT.`,
    );
  }
}

/** What answers a range with a whole file would have gigabytes held in memory. */
function wholeFile(response: Response, path: string): CorpusStreamError {
  void response.body?.cancel();
  return new CorpusStreamError(
    'range_refused',
    `The server of ${path} sends whole files only, which would fill the memory: use another HF_ENDPOINT or proxy.`,
  );
}

/** Entity tags compare without quotes and weakness mark, since proxies add and drop both. */
function bareEtag(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '');
}
