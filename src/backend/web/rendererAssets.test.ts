import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from './contentSecurityPolicy.ts';
import { readRendererAsset } from './rendererAssets.ts';

let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-assets-'));
  root = join(folder, 'renderer');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), '<!doctype html>');
  await writeFile(join(root, 'assets', 'a b.js'), 'export {};');
  await writeFile(join(folder, 'secret.json'), '{}');
  await symlink(join(folder, 'secret.json'), join(root, 'assets', 'link.json'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('readRendererAsset', () => {
  it('serves the index for / and files by decoded path', async () => {
    expect((await readRendererAsset(root, '/'))?.contentType).toContain('text/html');
    expect((await readRendererAsset(root, '/assets/a%20b.js'))?.contentType).toContain('javascript');
  });

  it.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/assets/link.json',
    '/missing.js',
    '/assets',
    '/%E0%A4%A.js',
    '/a\0b.js',
    '/etc/passwd',
  ])('answers null for %j', async (pathname) => {
    expect(await readRendererAsset(root, pathname)).toBeNull();
  });
});

describe('contentSecurityPolicy', () => {
  it('allows no inline script, no remote origin and no eval', () => {
    const policy = contentSecurityPolicy(['ws://127.0.0.1:1']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:1;");
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
  });
});
