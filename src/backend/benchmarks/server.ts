import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import type { Environment } from '../../engine/environment/environment.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import { EnvironmentSession, envelopeReply } from '../openenv/environments/environmentSession.ts';
import { echoPython, startEcho, startOpenEnvEcho } from './echoServer.ts';
import { driveHttp, driveWebSocket, httpRequest, textFrame, type Traffic } from './loadClient.ts';
import { startMeasured, type MeasuredProcess } from './measuredProcess.ts';
import type { BenchmarkReport } from './report.ts';
import { groupScript, type EpisodeScript } from './serverScripts.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface ServerBenchmarkOptions {
  readonly modelsDir: string;
  /** Timed passes; the median counts. Default 3. */
  readonly passes?: number;
  /** Groups of 16 rollouts in a pass, an even number > 0. Default 24. */
  readonly groups?: number;
  /** Default: as the product chooses. */
  readonly workers?: number;
}

const GROUP = 16;
const ENVIRONMENTS = 32;
const SESSIONS = 64;
/** Seeds of each workload begin here, so that no workload meets the messages of another by way of an equal seed. */
const FIRST_SEED = { warmUp: 900_000_000, groups: 100_000_000, single: 300_000_000, sessions: 500_000_000 } as const;

type Server = 'ours' | 'openenv' | 'minimal' | 'full';
const NAMES: { readonly [S in Server]: string } = {
  ours: 'OmniGuard',
  openenv: "OpenEnv's own Python server, echo environment",
  minimal: 'FastAPI echo, minimal reply',
  full: 'FastAPI echo, reply of our shape and size',
};
const WORKLOADS = {
  fresh: 'HTTP, groups of 16 on seeds never played',
  known: 'HTTP, groups of 16 on seeds played before',
  single: 'HTTP, every environment on a seed of its own, never played',
  steps: 'HTTP, one step a request on 32 connections',
  freshSessions: 'WebSocket, groups of 16 on seeds never played',
  knownSessions: 'WebSocket, groups of 16 on seeds played before',
} as const;
type Workload = keyof typeof WORKLOADS;

interface Sample {
  readonly stepsPerSecond: number;
  /** CPU seconds of the server for a thousand steps; null where it cannot be told. */
  readonly cpu: number | null;
  readonly bytesPerStep: number;
}

/**
 * Measures the environment server with all its work against Python servers that do none, each in a process of its own, by
 * the same client in turn: batches of 32 over HTTP on one connection, single steps over HTTP on 32 connections, and 64
 * sessions over WebSocket. The peers are OpenEnv's own server, which has no batches, and two FastAPI servers with the
 * endpoints of the vector API.
 * @throws CorpusError; PythonMissingError when the peer cannot be had
 */
export async function benchmarkServer(options: ServerBenchmarkOptions): Promise<BenchmarkReport> {
  const { passes = 3, groups = 24, modelsDir } = options;
  const python = await echoPython();
  const corpusDir = join(ROOT, 'resources', 'corpus');
  const environment: Environment = { config: DEFAULT_CONFIG, pool: await loadBundledCorpus(corpusDir) };
  const plans = Array.from({ length: passes }, (_, pass) => plan(environment, groups, pass));
  const warmUp = scripts(environment, FIRST_SEED.warmUp, 8, GROUP);
  const folder = await mkdtemp(join(tmpdir(), 'omniguard-bench-'));
  const running: MeasuredProcess[] = [];
  const start = async (process_: Promise<MeasuredProcess>): Promise<MeasuredProcess> => {
    const started = await process_;
    running.push(started);
    return started;
  };
  try {
    const observationFile = join(folder, 'observation.json');
    await writeFile(observationFile, typicalReply(environment, warmUp));
    const workers = options.workers ?? Math.max(1, availableParallelism() - 1);
    const entry = fileURLToPath(new URL('./serverProcess.ts', import.meta.url));
    const servers: { readonly [S in Server]: MeasuredProcess } = {
      ours: await start(startMeasured(process.execPath, [entry, corpusDir, modelsDir, String(workers)])),
      openenv: await start(startOpenEnvEcho(python)),
      minimal: await start(startEcho(python, 'minimal')),
      full: await start(startEcho(python, { observationFile })),
    };
    const samples = new Map<string, Sample[]>();
    const measure = async (server: Server, workload: Workload, script: readonly EpisodeScript[], repeats = 1): Promise<void> => {
      const sample = await timed(servers[server], workload, script, repeats);
      const key = `${server} ${workload}`;
      samples.set(key, [...(samples.get(key) ?? []), sample]);
    };
    for (const [name, server] of Object.entries(servers)) {
      await timed(server, name === 'openenv' ? 'steps' : 'known', warmUp, 2);
      await timed(server, 'knownSessions', warmUp, 2);
    }
    for (const { group, single, sessions } of plans) {
      await measure('ours', 'fresh', group);
      await measure('minimal', 'fresh', group, 8);
      await measure('full', 'fresh', group, 4);
      await measure('ours', 'known', group, 3);
      await measure('ours', 'single', single);
      await measure('ours', 'steps', sessions);
      await measure('openenv', 'steps', sessions);
      await measure('ours', 'freshSessions', sessions);
      await measure('openenv', 'freshSessions', sessions);
      await measure('minimal', 'freshSessions', sessions);
      await measure('full', 'freshSessions', sessions);
      await measure('ours', 'knownSessions', sessions);
    }
    return report(samples, workers);
  } finally {
    await Promise.all(running.map((process_) => process_.end()));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Plan {
  readonly group: readonly EpisodeScript[];
  readonly single: readonly EpisodeScript[];
  readonly sessions: readonly EpisodeScript[];
}

function plan(environment: Environment, groups: number, pass: number): Plan {
  const from = pass * 1_000_000;
  return {
    group: scripts(environment, FIRST_SEED.groups + from, groups, GROUP),
    single: scripts(environment, FIRST_SEED.single + from, 2 * ENVIRONMENTS, 1),
    sessions: scripts(environment, FIRST_SEED.sessions + from, 4 * Math.max(1, Math.floor(groups / 8)), GROUP),
  };
}

function scripts(environment: Environment, firstSeed: number, count: number, members: number): readonly EpisodeScript[] {
  return Array.from({ length: count }, (_, index) => groupScript(environment, firstSeed + index, members));
}

async function timed(server: MeasuredProcess, workload: Workload, script: readonly EpisodeScript[], repeats: number): Promise<Sample> {
  const traffic: Traffic = { replies: 0, bytes: 0 };
  const drive = workload.endsWith('Sessions') ? driveWebSocket : driveHttp;
  const streams = streamsOf(server.port, workload, script, repeats);
  const cpuBefore = await server.cpuSeconds();
  const startedAt = performance.now();
  await Promise.all(streams.map((stream) => drive(server.port, stream, traffic)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuAfter = await server.cpuSeconds();
  const steps = repeats * script.reduce((sum, { members }) => sum + members.reduce((all, actions) => all + actions.length, 0), 0);
  const cpu = cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / steps) * 1_000;
  return { stepsPerSecond: steps / seconds, cpu, bytesPerStep: traffic.bytes / steps };
}

function streamsOf(port: number, workload: Workload, script: readonly EpisodeScript[], repeats: number): readonly (readonly Buffer[])[] {
  switch (workload) {
    case 'freshSessions':
    case 'knownSessions':
      return sessionFrames(script, repeats);
    case 'steps':
      return stepRequests(port, script, repeats);
    case 'fresh':
    case 'known':
    case 'single':
      return [batchRequests(port, script, repeats)];
  }
}

/** Episodes of all environments at once: one reset and as many steps as they last, each for all of them. */
function batchRequests(port: number, script: readonly EpisodeScript[], repeats: number): readonly Buffer[] {
  const rollouts = script.flatMap(({ seed, phase, members }) => members.map((actions) => ({ seed, phase, actions })));
  const requests: Buffer[] = [];
  for (let first = 0; first < rollouts.length; first += ENVIRONMENTS) {
    const batch = rollouts.slice(first, first + ENVIRONMENTS);
    const items = batch.map(({ seed, phase }, env_id) => ({ env_id, task_name: phase, seed }));
    requests.push(httpRequest(port, '/reset', { items }));
    for (let turn = 0; turn < (batch[0]?.actions.length ?? 0); turn++)
      requests.push(httpRequest(port, '/step', { actions: batch.map(({ actions }, env_id) => ({ env_id, ...actions[turn] })) }));
  }
  return Array.from({ length: repeats }, () => requests).flat();
}

/** OpenEnv's HTTP protocol: each step plays the first message of an environment made for it. */
function stepRequests(port: number, script: readonly EpisodeScript[], repeats: number): readonly (readonly Buffer[])[] {
  const streams = Array.from({ length: ENVIRONMENTS }, (): Buffer[] => []);
  for (const [index, action] of script.flatMap(({ members }) => members.flat()).entries())
    streams[index % ENVIRONMENTS]?.push(httpRequest(port, '/step', { action }));
  return streams.map((requests) => Array.from({ length: repeats }, () => requests).flat());
}

function sessionFrames(script: readonly EpisodeScript[], repeats: number): readonly (readonly Buffer[])[] {
  const streams = Array.from({ length: SESSIONS }, (): Buffer[] => []);
  const rollouts = script.flatMap(({ seed, phase, members }) => members.map((actions) => ({ seed, phase, actions })));
  for (const [index, { seed, phase, actions }] of rollouts.entries()) {
    const frames = streams[index % SESSIONS];
    frames?.push(textFrame({ type: 'reset', data: { seed, phase } }), ...actions.map((data) => textFrame({ type: 'step', data })));
  }
  return streams.map((frames) => Array.from({ length: repeats }, () => frames).flat());
}

/** A step's observation and info whose size is nearest the mean, for the peer that answers with as much as we do. */
function typicalReply(environment: Environment, episodes: readonly EpisodeScript[]): string {
  const replies = episodes.flatMap(({ seed, phase, members }) => {
    const session = new EnvironmentSession({ train: environment, dev: environment, test: environment });
    session.reset({ episodeId: 'vector-0-1', seed, phase, split: 'train', index: null });
    return (members[0] ?? []).flatMap((action) => {
      const reply = envelopeReply(session.step(action));
      return reply.ok && !reply.done ? [reply.json] : [];
    });
  });
  const mean = replies.reduce((sum, json) => sum + json.length, 0) / replies.length;
  const typical = replies.reduce((best, json) => (Math.abs(json.length - mean) < Math.abs(best.length - mean) ? json : best));
  const { observation, metadata: info } = JSON.parse(typical) as { readonly observation: unknown; readonly metadata: unknown };
  return JSON.stringify({ observation, info });
}

function report(samples: ReadonlyMap<string, readonly Sample[]>, workers: number): BenchmarkReport {
  const middle = (server: Server, workload: Workload): Sample | null => medianOf(samples.get(`${server} ${workload}`) ?? []);
  const rate = (server: Server, workload: Workload): number => middle(server, workload)?.stepsPerSecond ?? Number.NaN;
  const named = (server: Server, workload: Workload): string => `${NAMES[server]}: ${WORKLOADS[workload]}`;
  // Echoing costs the same whatever the seeds, so each peer is measured once for each transport.
  const measured: readonly (readonly [Server, Workload])[] = [
    ['ours', 'fresh'],
    ['ours', 'known'],
    ['ours', 'single'],
    ['ours', 'steps'],
    ['openenv', 'steps'],
    ['minimal', 'fresh'],
    ['full', 'fresh'],
    ['ours', 'freshSessions'],
    ['ours', 'knownSessions'],
    ['openenv', 'freshSessions'],
    ['minimal', 'freshSessions'],
    ['full', 'freshSessions'],
  ];
  return {
    name: 'server',
    figures: [
      ...measured.map(([server, workload]) => ({ name: named(server, workload), value: rate(server, workload), unit: 'steps/s' })),
      { name: 'environment workers', value: workers, unit: `on ${availableParallelism()} cores, the client's included` },
    ],
    ratio: {
      name: "batches with all their work / OpenEnv's own server without any, over HTTP",
      ours: named('ours', 'fresh'),
      peer: named('openenv', 'steps'),
      value: rate('ours', 'fresh') / rate('openenv', 'steps'),
    },
    table: {
      title: 'Each line beside the peers of its transport, from this run',
      columns: [
        'workload',
        'steps/s',
        '/ OpenEnv',
        '/ minimal',
        '/ our size',
        'CPU s per 1,000 steps',
        'OpenEnv',
        'minimal',
        'our size',
        'bytes per step',
        'OpenEnv',
        'minimal',
        'our size',
      ],
      rows: (Object.keys(WORKLOADS) as Workload[]).map((workload) => {
        const sessions = workload.endsWith('Sessions');
        const batch: Workload = sessions ? 'freshSessions' : 'fresh';
        const peers: readonly (readonly [Server, Workload])[] = [
          ['openenv', sessions ? 'freshSessions' : 'steps'],
          ['minimal', batch],
          ['full', batch],
        ];
        const all = [middle('ours', workload), ...peers.map(([server, peer]) => middle(server, peer))];
        return [
          WORKLOADS[workload],
          rounded(rate('ours', workload), 0),
          ...peers.map(([server, peer]) => rounded(rate('ours', workload) / rate(server, peer), 2)),
          ...all.map((sample) => rounded(sample?.cpu ?? null, 3)),
          ...all.map((sample) => rounded(sample?.bytesPerStep ?? null, 0)),
        ];
      }),
    },
  };
}

function medianOf(samples: readonly Sample[]): Sample | null {
  return samples.toSorted((a, b) => a.stepsPerSecond - b.stepsPerSecond)[Math.floor(samples.length / 2)] ?? null;
}

function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}
