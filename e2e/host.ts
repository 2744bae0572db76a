import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..');

/** A real loopback host in its own process, with an empty data folder that goes with it. */
export interface RunningHost {
  readonly url: string;
  readonly dataDir: string;
  /** Milliseconds from the start of the process to the ready line. */
  readonly readyMs: number;
  /** Kills the process as a crash would. */
  kill(): Promise<void>;
  /** Ends the process as a person would, and removes the data folder. */
  close(): Promise<void>;
}

/** @throws Error when the ready line does not come within 60 seconds. */
export async function startHost(options: { dataDir?: string; modelsDir?: string; env?: NodeJS.ProcessEnv } = {}): Promise<RunningHost> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'omniguard-e2e-')));
  // The printed token opens the host once; tests open it from many browser contexts.
  const token = randomBytes(32).toString('hex');
  const startedAt = Date.now();
  const child = spawn(process.execPath, ['src/cli/omniguard.ts', 'serve', '--port', '0', '--data', dataDir], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      OMNIGUARD_TOKEN: token,
      OMNIGUARD_LOG: 'silent',
      ...options.env,
      ...(options.modelsDir === undefined ? {} : { OMNIGUARD_MODELS: options.modelsDir }),
    },
  });
  const url = new URL(await readyUrl(child));
  url.searchParams.set('token', token);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  return {
    url: url.href,
    dataDir,
    readyMs: Date.now() - startedAt,
    kill: () => end('SIGKILL'),
    close: async () => {
      await end('SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the host has no standard output');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no ready line within 60 s')), 60_000);
    lines.on('line', (line) => {
      const url = /OmniGuard is ready: (\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`the host ended with code ${code} before it was ready`)));
  });
}
