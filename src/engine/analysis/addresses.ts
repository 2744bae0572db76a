const URL_HOST =
  /\b(?:https?|wss?|ftps?|ssh|git\+https?|git\+ssh):\/{1,3}(?:[^\s/"'@<>]{1,120}@)?([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,60}\])(?::\d{1,5})?/g;
/** What every bare domain has in it; cheaper to look for than a domain. */
const HOST_SIGN =
  /\.(?:com|net|org|io|dev|app|site|xyz|cc|co|info|online|cloud|link|click|top|me|sh|tech|club|biz|ru|cn|pw|eu|de|uk|fr|nl|ch|us|ai|space|store|live|pro|host|page|website)|www\./;
const BARE_HOST =
  /(?<![\w@./-])(?:www\.[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}|(?:[a-z0-9-]{2,63}\.){1,4}(?:com|net|org|io|dev|app|site|xyz|cc|co|info|online|cloud|link|click|top|me|sh|tech|club|biz|ru|cn|pw|eu|de|uk|fr|nl|ch|us|ai|space|store|live|pro|host|page|website))\b(?![\w(])/g;
const QUERY = /\?[^\s"'<>#]{80,}/;
const MAX_HOSTS = 16;

const INTERNAL =
  /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|0\.0\.0\.0|\[|.*\.(?:internal|local|lan|svc|corp|intra)$|kubernetes\.default|metadata)|host\.docker\.internal/;
/** Names reserved for documentation and examples (RFC 2606). */
const RESERVED = /(?:^|\.)(?:example|test|invalid)(?:\.(?:com|org|net))?$|(?:^|\.)example\.(?:com|org|net)$/;

/** Hosts named in lower-case text by URL or by a bare domain, in order of appearance, at most 16. */
export function hostsIn(lower: string): readonly string[] {
  if (!lower.includes('.') && !lower.includes('://')) return [];
  const hosts = new Set<string>();
  if (lower.includes(':/')) {
    for (const match of lower.matchAll(URL_HOST)) {
      hosts.add((match[1] as string).replace(/\.$/, ''));
      if (hosts.size >= MAX_HOSTS) return [...hosts];
    }
  }
  if (!HOST_SIGN.test(lower)) return [...hosts];
  for (const match of lower.matchAll(BARE_HOST)) {
    hosts.add(match[0]);
    if (hosts.size >= MAX_HOSTS) break;
  }
  return [...hosts];
}

/** Loopback, link-local, private and cluster-internal hosts. */
export function isInternalHost(host: string): boolean {
  return INTERNAL.test(host);
}

export function isReservedHost(host: string): boolean {
  return RESERVED.test(host);
}

/** A query string of more than 80 characters. */
export function hasLongQuery(lower: string): boolean {
  return lower.includes('?') && QUERY.test(lower);
}
