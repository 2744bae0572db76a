/** The interface's own scheme; nothing else is ever loaded in a window. */
export const APP_SCHEME = 'omniguard';
export const APP_ORIGIN = `${APP_SCHEME}://app`;

/** True for a URL of the interface itself. */
export function isAppUrl(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && parsed.protocol === `${APP_SCHEME}:` && parsed.host === 'app';
}
