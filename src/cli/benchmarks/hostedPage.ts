import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from '@playwright/test';
import { findChromium } from '../chromium.ts';
import { CliError } from '../cliError.ts';
import { ensureBuilt } from '../rendererBuild.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** A machine that is busy takes its time to load the models. */
const START_MS = 5 * 60_000;

export interface HostOptions {
  readonly dataDir: string;
  /** Default: the models that ship. */
  readonly modelsDir?: string;
}

/** Where a page is measured: the loopback host in a process of its own, and a Chromium. */
export interface HostedPage {
  /** Opens the product, with the token that lets the browser in. */
  readonly url: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** @throws CliError without a Chromium, or when build or host fail */
export async function openHostedPage(options: HostOptions): Promise<HostedPage> {
  const executablePath = findChromium(process.env);
  if (executablePath === null) throw new CliError('This benchmark needs a Chromium; set CHROMIUM_PATH.', 1);
  await ensureBuilt(ROOT);
  const host = await startHost(options);
  try {
    const { chromium } = await import('@playwright/test');
    const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
    const browser = await chromium.launch({ executablePath, args });
    return {
      url: host.url,
      browser,
      close: async () => {
        await browser.close();
        await host.end();
      },
    };
  } catch (error) {
    await host.end();
    throw error;
  }
}

async function startHost({ dataDir, modelsDir }: HostOptions): Promise<{ readonly url: string; end(): Promise<void> }> {
  const token = randomBytes(32).toString('hex');
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/omniguard.ts'), 'serve', '--port', '0', '--data', dataDir], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      OMNIGUARD_TOKEN: token,
      OMNIGUARD_LOG: 'silent',
      ...(modelsDir === undefined ? {} : { OMNIGUARD_MODELS: modelsDir }),
    },
  });
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  try {
    const url = new URL(await readyUrl(child));
    url.searchParams.set('token', token);
    return { url: url.href, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function readyUrl(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error('The host has no standard output.');
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new CliError('The host did not start.', 1));
    const timer = setTimeout(fail, START_MS);
    child.once('exit', fail);
    createInterface({ input: stdout }).on('line', (line) => {
      const url = /OmniGuard is ready: (\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}
