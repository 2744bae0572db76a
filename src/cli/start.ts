import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.ts';
import { CliError } from './cliError.ts';
import { defaultDataDir } from './loopback/dataDir.ts';
import { runLoopbackHost } from './loopback/runLoopbackHost.ts';
import { ensureBuilt } from './rendererBuild.ts';

/**
 * `npm start`: the desktop app where an Electron binary is installed; else the
 * loopback host, with a Chromium app window when there is a display and a Chromium.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Path of the Electron executable, or null when its binary was not installed. */
function findElectron(): string | null {
  try {
    const packageDir = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const executable = join(packageDir, 'dist', readFileSync(join(packageDir, 'path.txt'), 'utf8').trim());
    return existsSync(executable) ? executable : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'MODULE_NOT_FOUND')) return null;
    throw error;
  }
}

async function startElectron(executable: string): Promise<void> {
  const child = spawn(executable, [root], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new CliError(`The desktop app ended with code ${code ?? 'unknown'}; "npm run serve" runs it in a browser.`, 1);
}

/** Opens a window without an address bar; a browser that fails to start is reported, the host goes on. */
function openAppWindow(url: string): void {
  const hasDisplay = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  const browser = hasDisplay ? findChromium(process.env) : null;
  if (browser === null) return;
  const child = spawn(browser, [`--app=${url}`], { stdio: 'ignore', detached: true });
  child.once('error', (error) => process.stderr.write(`The browser could not be started (${error.message}); open the address above.\n`));
  child.unref();
}

async function main(): Promise<void> {
  await ensureBuilt(root);
  const electron = findElectron();
  if (electron !== null) return startElectron(electron);
  process.stderr.write('No Electron binary is installed here; the same interface is served to a browser.\n');
  await runLoopbackHost({ port: 0, host: '127.0.0.1', dataDir: defaultDataDir() }, ({ url }) => openAppWindow(url));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof CliError ? error.exitCode : 1;
}
