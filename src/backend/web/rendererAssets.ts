import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const CONTENT_TYPES: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface RendererAsset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/**
 * Reads one file of the renderer build. The path is resolved through symbolic links
 * and must stay inside `root`; anything else, and any unknown file type, is null.
 * @param pathname of the request's URL, e.g. `/assets/index.js`; `/` is `index.html`.
 */
export async function readRendererAsset(root: string, pathname: string): Promise<RendererAsset | null> {
  const contentType = CONTENT_TYPES[pathname === '/' ? '.html' : extname(pathname)];
  if (contentType === undefined) return null;
  try {
    const base = await realpath(root);
    const file = await realpath(join(base, pathname === '/' ? 'index.html' : decodeURIComponent(pathname)));
    if (!file.startsWith(base + sep)) return null;
    return { body: new Uint8Array(await readFile(file)), contentType };
  } catch (error) {
    if (isMissing(error) || error instanceof URIError) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR' || error.code === 'ERR_INVALID_ARG_VALUE')
  );
}
