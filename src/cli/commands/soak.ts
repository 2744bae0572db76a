import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { WebSocket } from 'ws';
import { createEnvironmentPool, type EnvironmentPool } from '../../backend/openenv/environments/environmentPool.ts';
import { createAccess } from '../../backend/openenv/server/access.ts';
import { createEnvironmentApp } from '../../backend/openenv/server/environmentApp.ts';
import { createEnvironmentServer } from '../../backend/openenv/server/environmentServer.ts';
import { MeteredTelemetry } from '../../backend/openenv/telemetry/serverTelemetry.ts';
import { CliError } from '../cliError.ts';
import { integer } from '../options.ts';

const CORPUS = fileURLToPath(new URL('../../../resources/corpus/', import.meta.url));
const WORKER_URL = new URL('../../backend/openenv/environments/environmentWorker.ts', import.meta.url);
const STEP = JSON.stringify({ type: 'step', data: { action_type: 'REVOKE_STDIO', rationale: 'soak' } });

interface SoakArguments {
  readonly sessions: number;
  readonly idle: number;
  readonly rounds: number;
  readonly json?: true;
}

interface SoakReport {
  readonly sessions: number;
  readonly idleSeconds: number;
  readonly rounds: number;
  /** Sessions that lost their connection. */
  readonly dropped: number;
  readonly steps: number;
  /** Step of all sessions at once, milliseconds. */
  readonly stepMs: { readonly p50: number; readonly p95: number; readonly most: number };
  /** Resident memory of the server process with its workers and clients, bytes. */
  readonly residentBytes: { readonly connected: number; readonly afterIdle: number; readonly end: number };
}

export function register(parent: Command): void {
  parent
    .command('soak')
    .description('Holds sessions of the environment server idle, as trainers do while they optimise, then steps them all at once.')
    .option('--sessions <n>', 'sessions to hold', integer(1, 4_096), 64)
    .option('--idle <seconds>', 'how long they do nothing, each round', integer(1, 86_400), 300)
    .option('--rounds <n>', 'how often', integer(1, 1_000), 1)
    .option('--json', 'one JSON object')
    .action(run);
}

async function run({ sessions, idle, rounds, json }: SoakArguments): Promise<void> {
  const report = await soak(sessions, idle, rounds);
  const { stepMs, residentBytes } = report;
  const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MiB`;
  process.stdout.write(
    json === true
      ? `${JSON.stringify(report)}\n`
      : `${sessions} sessions, ${rounds} × ${idle} s idle: ${report.dropped} dropped; ${report.steps} steps at once, ` +
          `p50 ${stepMs.p50.toFixed(1)} ms, p95 ${stepMs.p95.toFixed(1)} ms, most ${stepMs.most.toFixed(1)} ms; resident ` +
          `${mib(residentBytes.connected)} connected, ${mib(residentBytes.afterIdle)} after idling, ${mib(residentBytes.end)} at the end\n`,
  );
  if (report.dropped > 0) throw new CliError(`${report.dropped} of ${sessions} sessions were dropped.`, 1);
}

async function soak(count: number, idleSeconds: number, rounds: number): Promise<SoakReport> {
  const pool = await createEnvironmentPool({ workerUrl: WORKER_URL, corpusDir: CORPUS });
  try {
    return await hold(pool, count, idleSeconds, rounds);
  } finally {
    await pool.close();
  }
}

async function hold(pool: EnvironmentPool, count: number, idleSeconds: number, rounds: number): Promise<SoakReport> {
  const access = createAccess({ host: '127.0.0.1', token: null });
  const server = createEnvironmentServer({
    pool,
    mode: 'simulation',
    access,
    telemetry: new MeteredTelemetry(),
    capacity: count,
    onUnexpected: (error) => process.stderr.write(`${String(error)}\n`),
  });
  const app = await createEnvironmentApp(server, access);
  try {
    const port = await app.listen({ host: '127.0.0.1', port: 0 });
    const clients = await Promise.all(Array.from({ length: count }, () => connect(`ws://127.0.0.1:${port}/ws`)));
    const times: number[] = [];
    await Promise.all(clients.map((client, seed) => ask(client, resetFrame(seed))));
    const connected = process.memoryUsage().rss;
    let afterIdle = connected;
    for (let round = 0; round < rounds; round++) {
      await sleep(idleSeconds * 1_000);
      afterIdle = process.memoryUsage().rss;
      const replies = await Promise.all(
        clients.map(async (client) => {
          const startedAt = performance.now();
          const reply = await ask(client, STEP);
          if (reply !== null) times.push(performance.now() - startedAt);
          return reply;
        }),
      );
      const over = clients.filter((_, index) => replies[index]?.includes('"done":true') === true);
      await Promise.all(over.map((client, index) => ask(client, resetFrame(count * (round + 1) + index))));
    }
    const dropped = clients.filter((client) => client.readyState !== client.OPEN).length;
    const end = process.memoryUsage().rss;
    for (const client of clients) client.close();
    times.sort((a, b) => a - b);
    const quantile = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN;
    const stepMs = { p50: quantile(0.5), p95: quantile(0.95), most: quantile(1) };
    return { sessions: count, idleSeconds, rounds, dropped, steps: times.length, stepMs, residentBytes: { connected, afterIdle, end } };
  } finally {
    await app.close();
  }
}

function resetFrame(seed: number): string {
  return JSON.stringify({ type: 'reset', data: { seed, split: 'train' } });
}

function connect(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('open', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** The reply to a frame; null when the connection is gone. */
function ask(client: WebSocket, frame: string): Promise<string | null> {
  if (client.readyState !== client.OPEN) return Promise.resolve(null);
  return new Promise((resolve) => {
    const gone = (): void => resolve(null);
    client.once('close', gone);
    client.once('message', (data: Buffer) => {
      client.off('close', gone);
      resolve(data.toString('utf8'));
    });
    client.send(frame);
  });
}
