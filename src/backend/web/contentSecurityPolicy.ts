/**
 * The policy both hosts send with every page: no remote content, no inline script,
 * no style elements. Charts position their canvas by style attributes, hence
 * `style-src-attr`. @param connect extra origins for `connect-src`, e.g. `ws://127.0.0.1:8000`.
 */
export function contentSecurityPolicy(connect: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    ["connect-src 'self'", ...connect].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
