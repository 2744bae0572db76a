import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A server in a process of its own, so that what it costs can be told from what its client costs. */
export interface MeasuredProcess {
  readonly port: number;
  /** CPU time of all its threads so far, seconds; null where the system does not tell it. */
  cpuSeconds(): Promise<number | null>;
  end(): Promise<void>;
}

const START_MS = 60_000;
/** Of the kernel's accounting; 100 on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Starts a server that prints `{"port": n}` on a line once it answers and ends with its standard input.
 * @throws Error with the last lines of its errors when it does not start
 */
export async function startMeasured(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<MeasuredProcess> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  const port = await portOf(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    port,
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    async end() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let heard = '';
    let errors = '';
    const timer = setTimeout(() => reject(new Error('The server did not start in time.')), START_MS);
    child.stderr?.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString('utf8')}`.slice(-2_000)));
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The server ended while it started: ${errors.trim()}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      heard += chunk.toString('utf8');
      const port = /\{"port": *(\d+)\}/.exec(heard)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}

async function cpuSeconds(pid: number): Promise<number | null> {
  try {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}
