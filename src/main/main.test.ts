import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';

type Listener = (...args: unknown[]) => void;

const electron = vi.hoisted(() => ({
  ipcListeners: new Map<string, (...args: unknown[]) => void>(),
  template: [] as unknown[],
}));

vi.mock('electron', () => ({
  ipcMain: { on: (channel: string, listener: Listener) => electron.ipcListeners.set(channel, listener) },
  protocol: { registerSchemesAsPrivileged: vi.fn() },
  Menu: { buildFromTemplate: (template: unknown[]) => (electron.template = template) },
}));

const { brokerPorts } = await import('./portBroker.ts');
const { lockDownContents, lockDownSession } = await import('./lockdown.ts');
const { handleAppProtocol } = await import('./protocol.ts');
const { isAppUrl } = await import('./origin.ts');
const { buildMenu } = await import('./menu.ts');

beforeEach(() => electron.ipcListeners.clear());

describe('brokerPorts', () => {
  const send = (senderFrame: unknown): { accepted: boolean; closed: boolean } => {
    let accepted = false;
    let closed = false;
    brokerPorts(() => (accepted = true));
    const port = { start: () => undefined, close: () => (closed = true) };
    electron.ipcListeners.get('omniguard:connect')?.({ senderFrame, ports: [port] });
    return { accepted, closed };
  };

  it('accepts the top frame of the interface', () => {
    expect(send({ url: 'omniguard://app/', parent: null })).toEqual({ accepted: true, closed: false });
  });

  it.each([
    ['a foreign origin', { url: 'https://example.org/', parent: null }],
    ['a look-alike host', { url: 'omniguard://app.example.org/', parent: null }],
    ['a child frame', { url: 'omniguard://app/', parent: {} }],
    ['a frame that is gone', null],
  ])('refuses %s and closes its port', (_name, frame) => {
    expect(send(frame)).toEqual({ accepted: false, closed: true });
  });
});

describe('lockDownSession', () => {
  const session = (): Record<string, Listener> => {
    const handlers: Record<string, Listener> = {};
    lockDownSession({
      setPermissionRequestHandler: (handler: Listener) => (handlers['request'] = handler),
      setPermissionCheckHandler: (handler: Listener) => (handlers['check'] = handler),
      setDevicePermissionHandler: (handler: Listener) => (handlers['device'] = handler),
      webRequest: { onBeforeRequest: (handler: Listener) => (handlers['before'] = handler) },
    } as never);
    return handlers;
  };

  it('grants a sanitised copy and nothing else', () => {
    const answers: unknown[] = [];
    for (const permission of ['clipboard-sanitized-write', 'clipboard-read', 'media', 'geolocation', 'openExternal'])
      session()['request']?.(null, permission, (granted: unknown) => answers.push(granted));
    expect(answers).toEqual([true, false, false, false, false]);
    expect(session()['device']?.()).toBe(false);
  });

  it.each([
    ['omniguard://app/assets/index.js', false],
    ['https://example.org/', true],
    ['http://127.0.0.1/', true],
    ['file:///etc/passwd', true],
    ['ws://example.org/', true],
  ])('request to %s: cancelled %s', (url, cancel) => {
    let answer: unknown;
    session()['before']?.({ url }, (response: unknown) => (answer = response));
    expect(answer).toEqual({ cancel });
  });
});

describe('lockDownContents', () => {
  it('denies navigation, webviews and new windows', () => {
    const listeners: Record<string, Listener> = {};
    let openHandler: () => unknown = () => null;
    lockDownContents({
      on: (name: string, listener: Listener) => (listeners[name] = listener),
      setWindowOpenHandler: (handler: () => unknown) => (openHandler = handler),
    } as never);
    const prevented = (name: string, url?: string): boolean => {
      const preventDefault = vi.fn();
      listeners[name]?.({ url, preventDefault });
      return preventDefault.mock.calls.length > 0;
    };
    expect(prevented('will-navigate', 'https://example.org/')).toBe(true);
    expect(prevented('will-redirect', 'file:///etc/passwd')).toBe(true);
    expect(prevented('will-navigate', 'omniguard://app/')).toBe(false);
    expect(prevented('will-attach-webview')).toBe(true);
    expect(openHandler()).toEqual({ action: 'deny' });
  });
});

describe('handleAppProtocol', () => {
  it('serves the build with its policy and nothing outside it', async () => {
    const root = await mkdtemp(join(tmpdir(), 'omniguard-protocol-'));
    try {
      await writeFile(join(root, 'index.html'), '<!doctype html>');
      let handler: (request: Request) => Promise<Response> = () => Promise.reject(new Error('not registered'));
      handleAppProtocol({ protocol: { handle: (_scheme: string, given: typeof handler) => (handler = given) } } as never, root);
      const page = await handler(new Request('omniguard://app/'));
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect((await handler(new Request('omniguard://app/../../etc/passwd'))).status).toBe(404);
      expect((await handler(new Request('omniguard://other/'))).status).toBe(404);
      expect((await handler(new Request('omniguard://app/', { method: 'POST' }))).status).toBe(404);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe('isAppUrl and the menu', () => {
  it.each(['omniguard:app', 'omniguard://app.evil/', 'not a url', ''])('%j is not the interface', (url) => {
    expect(isAppUrl(url)).toBe(false);
  });

  it('has an application menu on macOS only', () => {
    buildMenu('darwin');
    expect(electron.template).toContainEqual({ role: 'appMenu' });
    buildMenu('linux');
    expect(electron.template).not.toContainEqual({ role: 'appMenu' });
  });
});
