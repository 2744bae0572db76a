import { protocol, type Session } from 'electron';
import { contentSecurityPolicy } from '../backend/web/contentSecurityPolicy.ts';
import { readRendererAsset } from '../backend/web/rendererAssets.ts';
import { APP_SCHEME, isAppUrl } from './origin.ts';

/** Must run before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the renderer build at `omniguard://app/` with its content security policy. */
export function handleAppProtocol(session: Session, rendererRoot: string): void {
  session.protocol.handle(APP_SCHEME, async (request) => {
    const url = new URL(request.url);
    const asset = isAppUrl(request.url) && request.method === 'GET' ? await readRendererAsset(rendererRoot, url.pathname) : null;
    if (asset === null) return new Response('Not found', { status: 404 });
    return new Response(asset.body, {
      headers: {
        'content-type': asset.contentType,
        'content-security-policy': contentSecurityPolicy(),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
    });
  });
}
