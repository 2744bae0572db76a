import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { _electron, expect, test } from '@playwright/test';

const root = join(import.meta.dirname, '..');
const electronDir = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
const pathFile = join(electronDir, 'path.txt');
const executablePath = existsSync(pathFile) ? join(electronDir, 'dist', readFileSync(pathFile, 'utf8').trim()) : null;

test.skip(executablePath === null, 'No Electron binary is installed here; run "npx install-electron --no" where it can be downloaded.');

test('the desktop app plays one message in both lanes', async () => {
  const userData = await mkdtemp(join(tmpdir(), 'omniguard-electron-'));
  const app = await _electron.launch({ executablePath: executablePath ?? '', args: [root, `--user-data-dir=${userData}`] });
  try {
    const window = await app.firstWindow();
    expect(await window.evaluate(() => [typeof Reflect.get(globalThis, 'require'), typeof Reflect.get(globalThis, 'process')])).toEqual([
      'undefined',
      'undefined',
    ]);
    await expect(window.getByTestId('connection-state')).toContainText(/connected/i);
    await window.getByTestId('live-next').click();
    await expect(window.getByTestId('lane-trained-action')).toHaveText(/ALLOW|BLOCK|SPOTLIGHT|SEMANTIC|CAPABILITY|REVOKE/);
    await expect(window.getByTestId('lane-baseline-action')).toHaveText(/ALLOW|BLOCK|SPOTLIGHT|SEMANTIC|CAPABILITY|REVOKE/);
  } finally {
    await app.close();
    await rm(userData, { recursive: true, force: true });
  }
});
