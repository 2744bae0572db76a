import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompareReport } from '../../contract/live.ts';
import { ACTIONS } from '../../contract/actions.ts';
import { DECISION_LAYOUT } from '../../backend/inference/inferenceService.ts';
import layout from '../../backend/inference/prompt/layout.json' with { type: 'json' };
import { makeModelDirectory, manifestEntry, type ModelDirectory } from '../../backend/inference/testing/modelDirectory.ts';
import { encodeTinyModel } from '../../backend/inference/testing/tinyModel.ts';
import { openEpisodeStore } from '../../backend/store/sqliteEpisodeStore.ts';
import { benchmarkText } from './bench.ts';

const ENTRY = join(import.meta.dirname, '../omniguard.ts');

let models: ModelDirectory;
let data: string;

beforeAll(async () => {
  const bytes = encodeTinyModel({ controlTokens: layout.controlTokens, labels: DECISION_LAYOUT.labels, contextLength: 4_096 });
  const entry = (id: string) => ({ entry: manifestEntry(id, bytes, { promptVersion: layout.version }), bytes });
  models = await makeModelDirectory([entry('nano-base'), entry('nano-omniguard')]);
  data = await mkdtemp(join(tmpdir(), 'omniguard-cli-'));
});
afterAll(async () => {
  await models.remove();
  await rm(data, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function omniguard(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (ended.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (ended.err += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...ended }));
  });
}

describe('compare', () => {
  const play = async (...words: readonly string[]) => {
    const { code, out, err } = await omniguard('compare', '--models', models.path, '--data', data, '--threads', '1', '--json', ...words);
    expect([code, err.includes('Error')]).toEqual([0, false]);
    return JSON.parse(out) as CompareReport;
  };
  const unmeasured = ({ lanes, episodeIds, ...rest }: CompareReport) => ({
    ...rest,
    count: episodeIds.length,
    lanes: [lanes.baseline, lanes.trained].map(({ decisionMs: _measured, ...lane }) => lane),
  });

  it('prints one report, the same from the same seed, and stores the episodes', async () => {
    const first = await play('--episodes', '2', '--seed', '7');
    const second = await play('--episodes', '2', '--seed', '7');
    expect(unmeasured(second)).toEqual(unmeasured(first));
    expect(first).toMatchObject({ seed: 7, episodes: 2, lanes: { trained: { model: { id: 'nano-omniguard' } } } });
    const { trained, baseline } = first.lanes;
    expect(trained.meanReward).toBeCloseTo(trained.reward / trained.steps, 12);
    expect(first.rewardGap).toBeCloseTo(trained.meanReward - baseline.meanReward, 12);
    expect(ACTIONS.reduce((sum, action) => sum + trained.actions[action], 0)).toBe(trained.steps);

    const store = openEpisodeStore(data);
    const actions = [...first.episodeIds, ...second.episodeIds].map((id) =>
      store.recording(id)?.steps.map(({ step }) => [step.lane, step.decision.action]),
    );
    store.close();
    expect(actions.slice(0, 2)).toEqual(actions.slice(2));
    expect(actions.flat().length).toBe(2 * (trained.steps + baseline.steps));
  });

  it('plays on in memory, and says so, while another process holds the data folder', async () => {
    const other = openEpisodeStore(data);
    const { code, out, err } = await omniguard('compare', '--models', models.path, '--data', data, '--episodes', '1', '--json');
    other.close();
    expect(code).toBe(0);
    expect(err).toContain('Another OmniGuard uses this data folder');
    expect((JSON.parse(out) as CompareReport).episodes).toBe(1);
  });
});

describe('bad arguments end with 2 and one clear line', () => {
  it.each([
    [['compare', '--episodes', '0']],
    [['compare', '--split', 'sealed']],
    [['compare', '--baseline', 'No Such']],
    [['compare', '--trained', 'nowhere']],
    [['bench', 'nothing']],
    [['serve', '--port', '70000']],
    [['serve', '--host', '0.0.0.0']],
  ])('%j', async (words) => {
    const { code, out, err } = await omniguard(...words);
    expect([code, out]).toEqual([2, '']);
    expect(err.split('\n', 1)[0]?.length).toBeGreaterThan(10);
    expect(err).not.toContain('    at ');
  });
});

describe('benchmark text', () => {
  it('shows figures, the ratio and the table', () => {
    const text = benchmarkText({
      name: 'store',
      figures: [{ name: 'steps per second', value: 12_345.6, unit: '1/s', note: 'One transaction each.' }],
      ratio: { name: 'store / bare', ours: 'a', peer: 'b', value: 0.51234 },
      table: {
        title: 'Policies',
        columns: ['policy', 'reward'],
        rows: [
          ['always block', -0.25],
          ['oracle', null],
        ],
      },
    });
    expect(text.split('\n')).toEqual([
      'Benchmark: store',
      '',
      'steps per second  12,346 1/s',
      '    One transaction each.',
      '',
      'store / bare: 0.5123  (a / b)',
      '',
      'Policies',
      'policy        reward',
      'always block  -0.25',
      'oracle        -',
      '',
    ]);
  });
});

describe('a closed pipe', () => {
  it('ends a long listing without an error', async () => {
    const child = spawn(process.execPath, [ENTRY, 'corpus', 'sample', '--split', 'test', '--count', '5000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
