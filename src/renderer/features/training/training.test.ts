import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvaluatedSuite, GroupResults, RunId, RunSummary } from '../../../contract/runs.ts';
import { isUsable, panned, shareOf, valueAt, zoomed } from '../../charts/axisRange.ts';
import { compareRows } from './compareRows.ts';
import { panelSections } from './panels.ts';
import { filesOfRuns } from './droppedFiles.ts';
import { firstShownGroup, missingMeasures } from './resultRows.ts';

function runWith(...names: string[]): RunSummary {
  return {
    id: `run-${names.join('').length.toString(16).padStart(16, '0')}` as RunId,
    name: 'a',
    group: 'g',
    format: 'json_lines',
    path: '/p',
    sha256: '',
    shipped: false,
    followable: true,
    state: 'ended',
    followed: false,
    colour: 0,
    startedAt: null,
    importedAt: '',
    rows: 1,
    lastStep: 1,
    seconds: null,
    metrics: names.map((name) => ({ name, count: 1, min: 0, max: 1, last: 1 })),
    notes: [],
  };
}

describe('panels', () => {
  it('put one quantity under one title whatever each run calls it, and the rest by prefix', () => {
    const sections = panelSections([runWith('reward', 'kl', 'lr', 'rewards/security'), runWith('train/reward', 'system/gpu', 'odd')], []);
    expect(sections.map(({ title, panels }) => [title, panels.map((panel) => panel.title)])).toEqual([
      ['Key metrics', ['Reward mean', 'KL to the reference', 'Learning rate']],
      ['rewards', ['rewards/security']],
      ['Other metrics', ['odd']],
      ['System', ['system/gpu']],
    ]);
  });
  it('show every metric of every run once, and pinned ones first', () => {
    const name = fc.constantFrom('reward', 'train/reward', 'loss', 'a/b', 'a/c', 'system/x', 'z', 'kl', 'objective/kl');
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(name, { maxLength: 6 }), { maxLength: 4 }), fc.boolean(), (runs, pin) => {
        const summaries = runs.map((names) => runWith(...names));
        const pinned = pin ? ['metric:z', 'role:loss', 'metric:gone'] : [];
        const panels = panelSections(summaries, pinned).flatMap((section) => section.panels);
        expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
        for (const { metrics } of summaries) {
          for (const metric of metrics) expect(panels.some((panel) => panel.metrics.find((known) => metrics.some((own) => own.name === known)) === metric.name)).toBe(true);
        }
      }),
    );
  });
});

describe('comparison', () => {
  it('lines keys up and tells what differs', () => {
    expect(compareRows([[['lr', '1'], ['only', 'x']], [['lr', '1']]])).toEqual([
      { key: 'lr', values: ['1', '1'], differs: false },
      { key: 'only', values: ['x', null], differs: true },
    ]);
  });
});

describe('the view of the x axis', () => {
  it('pans and zooms around a place, and back, on either scale', () => {
    fc.assert(
      fc.property(fc.constantFrom('linear', 'log' as const), fc.double({ min: 0.1, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (scale, factor, share) => {
        const range = [1, 1_000] as const;
        const place = valueAt(range, scale, share);
        expect(shareOf(range, scale, place)).toBeCloseTo(share, 9);
        expect(shareOf(zoomed(range, scale, factor, share), scale, place)).toBeCloseTo(share, 6);
        const back = panned(panned(range, scale, 0.3), scale, -0.3);
        expect([back[0] / range[0], back[1] / range[1]]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
      }),
    );
    expect([isUsable([0, 1], 'log'), isUsable([1, 1], 'linear'), isUsable([0, 1], 'linear')]).toEqual([false, false, true]);
  });
});

describe('results', () => {
  const suite = (...measured: (keyof EvaluatedSuite['figures'])[]): EvaluatedSuite => {
    const row = (measure: keyof EvaluatedSuite['figures']) => ({
      baseline: measured.includes(measure) ? { value: 1, source: '' } : null,
      warm_start: null,
      trained: null,
    });
    return {
      on: 's',
      phase: null,
      rows: null,
      figures: {
        overall_reward: row('overall_reward'),
        env_step_reward: row('env_step_reward'),
        threat_awareness: row('threat_awareness'),
        action_stability: row('action_stability'),
      },
    };
  };
  const group = (...suites: EvaluatedSuite[]): GroupResults => ({ group: 'g', note: null, suites, curves: [] });
  const whole = suite('overall_reward', 'env_step_reward', 'threat_awareness', 'action_stability');
  it('name what no evaluation of the run holds, and begin with a run that lacks nothing', () => {
    expect(missingMeasures([suite('env_step_reward'), suite('threat_awareness')])).toEqual(['overall_reward', 'action_stability']);
    expect(firstShownGroup([group(), group(suite('env_step_reward')), group(whole)])).toBe(2);
    expect(firstShownGroup([group(), group(suite('env_step_reward'))])).toBe(1);
    expect([firstShownGroup([group()]), firstShownGroup([])]).toEqual([0, 0]);
  });
});

describe('files to import', () => {
  it('are all that were chosen by themselves, and of a folder those that belong to runs', () => {
    const paths = ['own-name.jsonl', 'a/history.jsonl', 'a/summary.json', 'a/model.gguf', 'w/offline-run/x.wandb', 'w/offline-run/files/output.log'];
    const chosen = paths.map((path) => ({ file: new File([], path), path }));
    expect(filesOfRuns(chosen).map(({ path }) => path)).toEqual(['own-name.jsonl', 'a/history.jsonl', 'a/summary.json', 'w/offline-run/x.wandb']);
  });
});
