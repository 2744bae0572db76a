import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './cliError.ts';

const SOURCES = ['src/renderer', 'src/contract', 'src/main', 'src/preload', 'src/backend', 'src/engine', 'electron.vite.config.ts'];

/** Builds the interface when it is missing or older than a source file. @throws CliError when the build fails. */
export async function ensureBuilt(root: string): Promise<void> {
  if (!isBuildStale(root)) return;
  process.stderr.write('Building the interface (only when its sources changed)…\n');
  await build(root);
}

function isBuildStale(root: string): boolean {
  const built = join(root, 'out/renderer/index.html');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  return SOURCES.some((source) => newest(join(root, source)) > builtAt);
}

/** Builds main, preload and renderer, with the builder's own progress on stderr. */
async function build(root: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new CliError('The build failed; its output is above. Run "npm ci" and try again.', 1);
}

function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}
