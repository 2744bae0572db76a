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

const TICKET = '0123456789abcdef';
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
    const report = await first.import({ path, follow: false, ticket: TICKET });
    expect(await first.import({ path, follow: false, ticket: TICKET })).toEqual({ ...report, changed: false });
    await first.close();
    const second = await open('data-once');
    expect(second.list().runs.map(({ id, rows, colour, state }) => [id, rows, colour, state])).toEqual([[report.runs[0], 2, 0, 'ended']]);
    await writeFile(path, line(0, 3) + line(1, 2) + line(2, 1));
    expect(await second.import({ path, follow: false, ticket: TICKET })).toEqual({ ...report, changed: true });
    const panel = second.series(question([...report.runs]));
    expect([panel.domain, panel.values, panel.series[0]?.length]).toEqual([[0, 2], [1, 3], 3]);
    const exported = {
      title: 'Loss',
      runs: [...report.runs],
      metrics: ['loss'],
      x: { kind: 'step' as const },
      view: [1, 2] as [number, number],
      cursor: 0,
    };
    expect(second.export({ ...exported, format: 'csv' })).toEqual({
      text: `run,run id,metric,step,value\nonce,${report.runs[0]},loss,1,2\nonce,${report.runs[0]},loss,2,1\n`,
      next: null,
    });
    expect(JSON.parse(second.export({ ...exported, format: 'json' }).text)).toEqual({
      title: 'Loss',
      x: { kind: 'step' },
      view: [1, 2],
      runs: [{ id: report.runs[0], name: 'once', metric: 'loss' }],
      columns: ['run', 'step', 'time', 'x', 'value'],
      rows: [
        [0, 1, null, 1, 2],
        [0, 2, null, 2, 1],
      ],
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
    const { runs } = await library.import({ path, follow: true, ticket: TICKET });
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
    await until(() => run()?.rows === 1 && run()?.state === 'live');
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
    expect(results?.curves.map(({ on, measure, start, end }) => [on, measure, start.value, end.value])).toEqual([
      ['tiny grpo', 'overall_reward', 0, 1],
      ['tiny grpo', 'action_stability', 0, (0.18 + 0.19) / 2],
    ]);
    expect(
      results?.suites.map(({ on, figures }) => [on, figures.env_step_reward.baseline?.value, figures.env_step_reward.trained?.value]),
    ).toEqual([['test', -0.5, 0.25]]);
    expect(results?.suites[0]?.figures.threat_awareness.trained).toBeNull();
    await expect(library.remove(library.list().runs[0]?.id as RunId)).rejects.toThrow(/cannot be removed/);
    await library.close();
    await rm(join(shipped, 'tiny'), { recursive: true });
    const later = await open('data-shipped', shipped);
    expect(later.list().runs).toEqual([]);
    await later.close();
  });

  it('compares untrained, warm start and trained, phase by phase and over all, from both files', async () => {
    const folderOf = async (name: string, files: { readonly [file: string]: string }) => {
      const home = join(folder, 'evaluated', name);
      await mkdir(home, { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(home, file), text);
    };
    const figures = (reward: number, rows: number) => ({ rows, mean_reward: reward, recall: 0.9, false_positive_rate: 0.3, vectors: {} });
    await folderOf('both', {
      'history.jsonl': line(0, 1),
      'evaluation.json': JSON.stringify({
        'unseen-bootstrapping': { base: figures(-0.2, 100), sft: figures(0.1, 100), 'defender (x)': figures(0.2, 100) },
        'unseen-evasion_obfuscation': { base: figures(-0.4, 300), sft: figures(0.1, 300), 'defender (x)': figures(0.4, 300) },
        other: { base: figures(9, 10) },
      }),
      'summary.json': JSON.stringify({
        note: 'A second round.',
        results: {
          'unseen-bootstrapping': { trained: { overall_reward: 0.5, env_step_reward: 99, action_stability_kl: 0.04 } },
          'unseen-evasion_obfuscation': { trained: { overall_reward: 0.7, action_stability_kl: 0.08 } },
        },
      }),
    });
    const watched = (step: number, reward: number) =>
      JSON.stringify({ stage: 'grpo', step, reward_bootstrapping: reward, threat_awareness_bootstrapping: 0.8 });
    await folderOf('history-only', {
      'history.jsonl': [watched(0, 0.1), JSON.stringify({ stage: 'grpo', step: 1, reward: 0.2, kl: 0.01 }), watched(8, 0.3)].join('\n'),
    });
    const library = await open('data-evaluated', join(folder, 'evaluated'));
    const [both, history] = library.results();
    expect([both?.group, both?.note, both?.suites.map(({ on, rows }) => [on, rows])]).toEqual([
      'both',
      'A second round.',
      [
        ['unseen, all phases', 400],
        ['unseen-bootstrapping', 100],
        ['unseen-evasion_obfuscation', 300],
        ['other', 10],
      ],
    ]);
    const [all, first] = both?.suites ?? [];
    expect(all?.figures.env_step_reward.baseline?.value).toBeCloseTo(-0.35, 12);
    expect(all?.figures.env_step_reward.warm_start?.value).toBeCloseTo(0.1, 12);
    expect(all?.figures.env_step_reward.trained?.value).toBeCloseTo(0.35, 12);
    expect(all?.figures.overall_reward.trained?.value).toBeCloseTo(0.65, 12);
    expect(all?.figures.action_stability.trained?.value).toBeCloseTo(0.07, 12);
    expect([all?.figures.overall_reward.baseline, first?.figures.threat_awareness.baseline?.value]).toEqual([
      null,
      expect.closeTo(0.8, 12),
    ]);
    expect(
      history?.suites.map(({ on, figures: { env_step_reward: reward, threat_awareness: aware } }) => [on, reward, aware.baseline]),
    ).toEqual([
      [
        'bootstrapping',
        {
          baseline: null,
          warm_start: { value: 0.1, source: 'reward_bootstrapping of history-only grpo at step 0' },
          trained: { value: 0.3, source: 'reward_bootstrapping of history-only grpo at step 8' },
        },
        null,
      ],
    ]);
    await library.close();
  });

  it('keeps a view on another axis over all runs, by what was logged there', async () => {
    const path = join(folder, 'timed.jsonl');
    await writeFile(path, Array.from({ length: 11 }, (_, step) => `${JSON.stringify({ step, seconds: step * 2, loss: step })}\n`).join(''));
    const library = await open('data-view');
    const { runs } = await library.import({ path, follow: false, ticket: TICKET });
    const mapped = (to: 'relative' | 'time') =>
      library.mapView({ runs: [...runs], from: { kind: 'step' }, to: { kind: to }, view: [2.5, 5] });
    expect([mapped('relative'), mapped('time')]).toEqual([[5, 10], null]);
    const panel = library.series(question([...runs]));
    expect([panel.series[0]?.moments, panel.series[0]?.startTime]).toEqual([['time'], 0]);
    await library.close();
  });

  it('tells how far an import is and lets go of it', async () => {
    const path = join(folder, 'long.jsonl');
    await writeFile(path, Array.from({ length: 5_000 }, (_, step) => line(step, step).padStart(1_000)).join(''));
    const library = await open('data-cancel');
    const importing = library.import({ path, follow: false, ticket: TICKET });
    expect(library.importProgress(TICKET)).toEqual({ files: [0, 1], rows: 0 });
    library.importCancel(TICKET);
    await expect(importing).rejects.toThrow(/was cancelled/);
    expect([library.list().runs, library.importProgress(TICKET)]).toEqual([[], null]);
    await library.close();
  });

  it('keeps the good files of a folder and names the bad ones; a bad file alone is refused and leaves nothing', async () => {
    const mixed = join(folder, 'mixed');
    await mkdir(mixed);
    await writeFile(join(mixed, 'history.jsonl'), line(0, 1));
    await writeFile(join(mixed, 'trainer_state.json'), '{}');
    const library = await open('data-mixed');
    const report = await library.import({ path: mixed, follow: false, ticket: TICKET });
    expect([report.runs.length, report.notes]).toEqual([
      1,
      ['Some files of the folder: This is not a trainer state: it has no log_history.'],
    ]);
    await expect(library.import({ path: join(mixed, 'trainer_state.json'), follow: false, ticket: TICKET })).rejects.toThrow(
      /no log_history/,
    );
    await expect(library.import({ path: 'relative', follow: false, ticket: TICKET })).rejects.toThrow(/not absolute/);
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
    const { runs } = await service.import({ path, follow: false, ticket: TICKET });
    expect((await changes.next()).value?.revision).toBeGreaterThan(first);
    await changes.return();
    const before = process.threadCpuUsage();
    const panel = await service.series({ ...question([...runs]), smoothing: { kind: 'gaussian', amount: 0.5 } });
    const used = process.threadCpuUsage(before);
    expect([panel.series[0]?.exact, panel.series[0]?.visible]).toEqual([false, 100_000]);
    // Of this thread's own time, microseconds: the machine of a test may be busy, and the work itself takes far longer.
    expect(used.user + used.system).toBeLessThan(100_000);
    await expect(service.import({ path: join(folder, 'missing'), follow: false, ticket: TICKET })).rejects.toMatchObject({
      name: 'RunsError',
      code: 'NOT_FOUND',
    });
    await service.dispose();
    await expect(service.list()).rejects.toThrow(/has ended/);
  }, 90_000);

  it('takes in files that were sent, with what lies beside them, and gives them up', async () => {
    const service = createRunsService({ dataDir: join(folder, 'data-sent'), shippedDir: join(folder, 'none') });
    const { upload } = await service.uploadBegin();
    const { upload: figures } = await service.uploadBegin();
    await service.uploadWrite(upload, Buffer.from(line(0, 1)));
    await service.uploadWrite(upload, Buffer.from(line(1, 2)));
    await service.uploadWrite(figures, Buffer.from('{"s":{"base":{"mean_reward":1}}}'));
    const files = [
      { upload, path: 'mine/history.jsonl' },
      { upload: figures, path: 'mine/evaluation.json' },
    ];
    const sent = await service.uploadImport({ files, ticket: TICKET });
    const known = (await service.list()).runs.filter(({ id }) => sent.runs.includes(id));
    expect(known.map(({ name, path: at, rows, followable }) => [name, at, rows, followable])).toEqual([
      ['mine', 'mine/history.jsonl', 2, false],
      ['evaluation: base', 'mine/history.jsonl', 0, false],
    ]);
    await expect(service.follow(sent.runs[0] as RunId, true)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(service.uploadImport({ files, ticket: TICKET })).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await service.dispose();
  });
});
