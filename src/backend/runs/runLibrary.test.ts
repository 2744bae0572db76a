import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId, SeriesInput } from '../../contract/runs.ts';
import { createRunsService } from './runsService.ts';
import { RunLibrary } from './runLibrary.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-runs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const line = (step: number, loss: number) => `${JSON.stringify({ step, loss })}\n`;
const question = (runs: RunId[], metrics = ['loss']): SeriesInput => ({
  runs,
  metrics,
  x: { kind: 'step' },
  xScale: 'linear',
  view: null,
  buckets: 200,
  smoothing: { kind: 'ema', amount: 0 },
  clip: true,
});

async function open(name: string, shippedDir = join(folder, 'none'), now?: () => number) {
  const library = new RunLibrary({
    dataDir: join(folder, name),
    shippedDir,
    onChange: () => undefined,
    ...(now === undefined ? {} : { now }),
  });
  await library.start();
  return library;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(condition()).toBe(true);
}

describe('the run library', () => {
  it('imports once, keeps runs over a restart, and takes in what has changed under the same id', async () => {
    const path = join(folder, 'once.jsonl');
    await writeFile(path, line(0, 3) + line(1, 2));
    const first = await open('data-once');
    const report = await first.import({ path, follow: false });
    expect(await first.import({ path, follow: false })).toEqual({ ...report, changed: false });
    await first.close();
    const second = await open('data-once');
    expect(second.list().runs.map(({ id, rows, colour, state }) => [id, rows, colour, state])).toEqual([[report.runs[0], 2, 0, 'ended']]);
    await writeFile(path, line(0, 3) + line(1, 2) + line(2, 1));
    expect(await second.import({ path, follow: false })).toEqual({ ...report, changed: true });
    const panel = second.series(question([...report.runs]));
    expect([panel.domain, panel.values, panel.series[0]?.length]).toEqual([[0, 2], [1, 3], 3]);
    expect(second.csv({ runs: [...report.runs], metrics: ['loss'], x: { kind: 'step' }, view: [1, 2], cursor: 0 })).toEqual({
      text: `run,run id,metric,step,value\nonce,${report.runs[0]},loss,1,2\nonce,${report.runs[0]},loss,2,1\n`,
      next: null,
    });
    await second.remove(report.runs[0] as RunId);
    expect(second.list().runs).toEqual([]);
    await second.close();
  });

  it('follows a growing file, says when it has gone quiet, and starts anew when it was rewritten', async () => {
    const path = join(folder, 'growing.jsonl');
    await writeFile(path, line(0, 5));
    let ahead = 0;
    let library = await open('data-follow', undefined, () => Date.now() + ahead);
    const { runs } = await library.import({ path, follow: true });
    const run = () => library.list().runs.find(({ id }) => id === runs[0]);
    expect(run()?.state).toBe('live');
    await appendFile(path, line(1, 4) + line(2, 3));
    await until(() => run()?.rows === 3);
    ahead = 3_600_000;
    await until(() => run()?.state === 'stale');
    await library.close();
    // After a restart the file is watched without being read, until it changes.
    library = await open('data-follow');
    expect([run()?.state, run()?.rows]).toEqual(['stale', 3]);
    await writeFile(path, line(0, 9));
    await until(() => run()?.rows === 1);
    expect(run()?.state).toBe('live');
    expect(library.series(question([...runs])).values).toEqual([9, 9]);
    await rm(path);
    await until(() => run()?.followed === false);
    expect(run()?.rows).toBe(1);
    await library.close();
  });

  it('imports what ships, computes the results from it, and lets nobody remove it', async () => {
    const shipped = join(folder, 'shipped');
    await mkdir(join(shipped, 'tiny'), { recursive: true });
    const rows = Array.from({ length: 20 }, (_, index) =>
      JSON.stringify({ stage: 'grpo', step: index, reward: index < 2 ? 0 : 1, kl: index / 100 }),
    );
    await writeFile(join(shipped, 'tiny', 'history.jsonl'), rows.join('\n'));
    await writeFile(
      join(shipped, 'tiny', 'evaluation.json'),
      JSON.stringify({ test: { base: { mean_reward: -0.5, recall: 0.9 }, 'defender (x)': { mean_reward: 0.25, recall: 0.8 } } }),
    );
    const library = await open('data-shipped', shipped);
    const [results] = library.results();
    expect(results?.rows.map(({ on, measure, baseline, trained }) => [on, measure, baseline, trained])).toEqual([
      ['tiny grpo', 'overall_reward', 0, 1],
      ['tiny grpo', 'action_stability', 0, (0.18 + 0.19) / 2],
      ['test', 'env_step_reward', -0.5, 0.25],
      ['test', 'threat_awareness', 0.9, 0.8],
    ]);
    await expect(library.remove(library.list().runs[0]?.id as RunId)).rejects.toThrow(/cannot be removed/);
    await library.close();
    await rm(join(shipped, 'tiny'), { recursive: true });
    const later = await open('data-shipped', shipped);
    expect(later.list().runs).toEqual([]);
    await later.close();
  });

  it('keeps the good files of a folder and names the bad ones; a bad file alone is refused and leaves nothing', async () => {
    const mixed = join(folder, 'mixed');
    await mkdir(mixed);
    await writeFile(join(mixed, 'history.jsonl'), line(0, 1));
    await writeFile(join(mixed, 'trainer_state.json'), '{}');
    const library = await open('data-mixed');
    const report = await library.import({ path: mixed, follow: false });
    expect([report.runs.length, report.notes]).toEqual([
      1,
      ['Some files of the folder: This is not a trainer state: it has no log_history.'],
    ]);
    await expect(library.import({ path: join(mixed, 'trainer_state.json'), follow: false })).rejects.toThrow(/no log_history/);
    await expect(library.import({ path: 'relative', follow: false })).rejects.toThrow(/not absolute/);
    expect(library.list().runs).toHaveLength(1);
    await library.close();
  });

  it('works in memory, and says so, where the data folder is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    const library = await open(join('file', 'data'));
    expect(library.list().problem).toMatch(/cannot be written; imported runs are kept in memory only/);
    await library.close();
  });
});

describe('the worker of the run library', () => {
  it('answers, passes on refusals, tells of changes and leaves the event loop free', async () => {
    const path = join(folder, 'large.jsonl');
    await writeFile(path, Array.from({ length: 100_000 }, (_, step) => line(step, Math.sin(step))).join(''));
    const service = createRunsService({ dataDir: join(folder, 'data-worker'), shippedDir: join(folder, 'none') });
    await service.list();
    const changes = service.changes(undefined);
    const first = (await changes.next()).value?.revision ?? -1;
    const { runs } = await service.import({ path, follow: false });
    expect((await changes.next()).value?.revision).toBeGreaterThan(first);
    await changes.return();
    let longest = 0;
    let before = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - before - 4);
      before = performance.now();
    }, 4);
    const panel = await service.series({ ...question([...runs]), smoothing: { kind: 'gaussian', amount: 0.5 } });
    clearInterval(beat);
    expect([panel.series[0]?.exact, panel.series[0]?.visible]).toEqual([false, 100_000]);
    // The machine of a test may be busy; blocking by the work itself would take far longer.
    expect(longest).toBeLessThan(100);
    await expect(service.import({ path: join(folder, 'missing'), follow: false })).rejects.toMatchObject({
      name: 'RunsError',
      code: 'NOT_FOUND',
    });
    await service.dispose();
    await expect(service.list()).rejects.toThrow(/has ended/);
  });
});
