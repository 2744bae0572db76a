import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createHostPolicy, isLoopback } from '../../web/hostPolicy.ts';

/** Fewer characters can be guessed. */
export const SHORTEST_TOKEN = 16;
/** What orchestrators and validators ask before they know any secret; none of it tells anything. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/health', '/healthz', '/readyz']);
const TOKEN_PATH = /^\/t\/([^/?#]{1,512})(\/[^#]*|\?[^#]*)?$/;

/** The server was told to listen in a way that is not safe. */
export class AccessError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AccessError';
  }
}

export interface AccessRefusal {
  readonly status: 401 | 403 | 421;
  readonly detail: string;
}

/**
 * Who may use the environment server. Without a token: this machine, under its own names, and no page of another origin.
 * With one: whoever shows it as a Bearer header, as the password of HTTP Basic, or in front of the path (`/t/TOKEN/ws`),
 * which is what unmodified clients can do.
 */
export interface ServerAccess {
  readonly token: string | null;
  /** Takes a token off the front of a path; for Fastify's `rewriteUrl`. */
  rewriteUrl(request: IncomingMessage): string;
  /** @returns null when the request may pass */
  refuse(request: IncomingMessage): AccessRefusal | null;
  /** A path that passes whatever the rules, for requests that never were on a wire. */
  internalPath(path: string): string;
}

export interface AccessOptions {
  /** The address that is listened on. */
  readonly host: string;
  readonly token: string | null;
}

/** @throws AccessError when the token is short, or missing although other machines are let in */
export function createAccess({ host, token }: AccessOptions): ServerAccess {
  if (token !== null && token.length < SHORTEST_TOKEN)
    throw new AccessError(`The token is too short; use at least ${SHORTEST_TOKEN} characters.`);
  if (token === null && !isLoopback(host))
    throw new AccessError(`Listening on ${host} lets other machines in; set a token of at least ${SHORTEST_TOKEN} characters.`);
  const hosts = createHostPolicy(host);
  const internal = randomBytes(32).toString('base64url');
  const secrets = { internal: digest(internal), token: token === null ? null : digest(token) };
  const shown = new WeakMap<IncomingMessage, 'internal' | 'token'>();
  const isToken = (text: string): boolean => secrets.token !== null && timingSafeEqual(digest(text), secrets.token);

  return {
    token,
    rewriteUrl(request) {
      const url = request.url ?? '/';
      const [, given, rest = '/'] = TOKEN_PATH.exec(url) ?? [];
      if (given === undefined) return url;
      const secret = decoded(given);
      if (timingSafeEqual(digest(secret), secrets.internal)) shown.set(request, 'internal');
      else if (isToken(secret)) shown.set(request, 'token');
      else return url;
      return rest.startsWith('/') ? rest : `/${rest}`;
    },
    refuse(request) {
      const proof = shown.get(request);
      if (proof === 'internal') return null;
      const { host: named, origin } = request.headers;
      if (token === null && !hosts.allowsName(named)) return FOREIGN_HOST;
      if (origin !== undefined && !isSameOrigin(origin, named ?? '')) return FOREIGN_ORIGIN;
      if (token === null || proof === 'token' || OPEN_PATHS.has(pathOf(request))) return null;
      const secret = authorizationSecret(request.headers.authorization);
      return secret !== null && isToken(secret) ? null : NO_TOKEN;
    },
    internalPath: (path) => `/t/${internal}${path}`,
  };
}

const FOREIGN_HOST: AccessRefusal = { status: 421, detail: 'This address is not served here.' };
const FOREIGN_ORIGIN: AccessRefusal = { status: 403, detail: 'Requests from other pages are refused.' };
const NO_TOKEN: AccessRefusal = {
  status: 401,
  detail: 'A token is needed: as Bearer header, as the password of HTTP Basic, or in front of the path as /t/TOKEN/.',
};

/** Behind a proxy that ends TLS the page is https and we are not, so the scheme does not count. */
function isSameOrigin(origin: string, host: string): boolean {
  return /^https?:\/\/(.+)$/.exec(origin.toLowerCase())?.[1] === host.toLowerCase();
}

function authorizationSecret(header: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return value;
    case 'basic': {
      const pair = Buffer.from(value, 'base64').toString('utf8');
      return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : null;
    }
    default:
      return null;
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
