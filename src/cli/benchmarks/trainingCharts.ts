import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { BenchmarkFigure, BenchmarkReport } from '../../backend/benchmarks/report.ts';
import { RunDraft } from '../../backend/runs/formats/runDraft.ts';
import { RunStore } from '../../backend/runs/store/runStore.ts';
import { randomFrom } from '../../engine/random/random.ts';
import { CliError } from '../cliError.ts';
import { openHostedPage } from './hostedPage.ts';

const WINDOW = { width: 1_920, height: 1_080 } as const;
const METRICS = ['reward', 'env_step_reward', 'threat_awareness', 'loss', 'kl', 'entropy', 'clip_ratio', 'learning_rate', 'grad_norm'];
/** Reading all curves the first time. */
const LOAD_MS = 120_000;
/** For every panel to be drawn from a fresh answer. */
const SETTLE_MS = 5_000;
/** One drag goes so far across the plot, as a share of its width, in so many moves of the pointer. */
const DRAG_SHARE = 0.7;
const MOVES = 40;

export interface TrainingChartsOptions {
  readonly runs?: number;
  readonly pointsPerRun?: number;
  /** Drags of each measurement, there and back in turn. */
  readonly drags?: number;
}

/**
 * Pans the Training page's charts in a real Chromium, fed by the real host, and measures the time from frame to frame: once with
 * one panel on the screen, once with nine whose views move together. @throws CliError without a Chromium
 */
export async function benchmarkTrainingCharts(options: TrainingChartsOptions = {}): Promise<BenchmarkReport> {
  const { runs = 20, pointsPerRun = 50_000, drags = 16 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'omniguard-bench-charts-'));
  try {
    writeRuns(join(folder, 'data'), runs, pointsPerRun);
    // An empty folder of models: no shipped run is on the charts.
    const modelsDir = join(folder, 'models');
    await mkdir(modelsDir);
    const hosted = await openHostedPage({ dataDir: join(folder, 'data'), modelsDir });
    try {
      const page = await hosted.browser.newPage({ viewport: WINDOW });
      await page.goto(`${hosted.url}#/training`);
      const figures: BenchmarkFigure[] = [];
      await page.locator('[data-panel="role:reward"]').getByTestId('panel-menu').click();
      await page.getByRole('menuitem', { name: 'Pin to the top' }).click();
      await page.getByRole('button', { name: /^Key metrics/ }).click();
      figures.push(...frameFigures('one panel', await pan(page, 1, drags)));
      await page.getByRole('button', { name: /^Key metrics/ }).click();
      figures.push(...frameFigures('nine panels', await pan(page, METRICS.length, drags)));
      return { name: `training-charts: ${runs} runs of ${pointsPerRun} points and ${METRICS.length} metrics`, figures };
    } finally {
      await hosted.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts noisy curves, which fall and rise as those of a training do, into the run library; the same every time. */
function writeRuns(dataDir: string, runs: number, points: number): void {
  const store = RunStore.open(dataDir);
  if (store.problem !== null) throw new CliError(store.problem, 1);
  const identity = 'bench';
  store.begin();
  const source = store.saveSource({
    identity,
    path: dataDir,
    format: 'json_lines',
    group: identity,
    sha256: '',
    fingerprint: '',
    stamp: '',
    notes: [],
    shipped: false,
    followed: false,
    importedAt: new Date(0).toISOString(),
  });
  for (let run = 0; run < runs; run += 1) {
    const random = randomFrom(run + 1);
    const draft = new RunDraft(String(run + 1), `run ${run + 1}`);
    for (let step = 0; step < points; step += 1) {
      const progress = 1 - Math.exp((-4 * step) / points);
      const metrics = METRICS.map((name, index): [string, number] => {
        const noise = random.next() - 0.5;
        return [name, progress * (1 + run / runs) + noise * (0.2 + index / 20)];
      });
      draft.addRow({ step, time: step * 1_000, metrics });
    }
    store.saveDraft(source, identity, draft);
  }
  store.commit();
  store.close();
}

/** What the page offers to scripts, as far as it is used here: this file is checked without the types of a browser. */
interface FrameRecorder {
  requestAnimationFrame(callback: (time: number) => void): number;
  recordedFrames?: number[] | undefined;
}

/** Zooms in to a tenth of the x axis and drags the charts there and back. Milliseconds from each frame to the next. */
async function pan(page: Page, panels: number, drags: number): Promise<number[]> {
  await page
    .locator('[data-panel] canvas')
    .nth(panels - 1)
    .waitFor({ timeout: LOAD_MS });
  const surface = page.locator('[data-panel="role:reward"]').getByTestId('plot-surface');
  const { left, right, middle } = await spanOf(surface);
  await page.mouse.move((left + right) / 2 - (right - left) / 20, middle);
  await page.mouse.down();
  await page.mouse.move((left + right) / 2 + (right - left) / 20, middle, { steps: 4 });
  await page.mouse.up();
  await page.waitForTimeout(SETTLE_MS);
  await page.evaluate(() => {
    const recorder = globalThis as unknown as FrameRecorder;
    const frames: number[] = [];
    recorder.recordedFrames = frames;
    const record = (time: number): void => {
      if (recorder.recordedFrames !== frames) return;
      frames.push(time);
      recorder.requestAnimationFrame(record);
    };
    recorder.requestAnimationFrame(record);
  });
  for (let drag = 0; drag < drags; drag += 1) {
    // Twice one way, twice back: far enough that what is at hand runs out.
    const [from, to] = drag % 4 < 2 ? [right, right - (right - left) * DRAG_SHARE] : [left, left + (right - left) * DRAG_SHARE];
    await page.mouse.move(from, middle);
    await page.keyboard.down('Shift');
    await page.mouse.down();
    await page.mouse.move(to, middle, { steps: MOVES });
    await page.mouse.up();
    await page.keyboard.up('Shift');
  }
  const times = await page.evaluate(() => {
    const recorder = globalThis as unknown as FrameRecorder;
    const recorded = recorder.recordedFrames ?? [];
    recorder.recordedFrames = undefined;
    return recorded;
  });
  await page.keyboard.press('0');
  return times.slice(1).map((time, index) => time - (times[index] ?? time));
}

async function spanOf(surface: Locator): Promise<{ readonly left: number; readonly right: number; readonly middle: number }> {
  const box = await surface.boundingBox();
  if (box === null) throw new Error('The plot has no place on the page.');
  return { left: box.x + 4, right: box.x + box.width - 4, middle: box.y + box.height / 2 };
}

function frameFigures(name: string, frames: readonly number[]): BenchmarkFigure[] {
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return [
    { name: `${name}, frame p50`, value: at(0.5), unit: 'ms', note: `Of ${frames.length} frames while the pointer drags.` },
    { name: `${name}, frame p95`, value: at(0.95), unit: 'ms' },
    { name: `${name}, longest frame`, value: at(1), unit: 'ms' },
    { name: `${name}, frames over 50 ms`, value: frames.filter((ms) => ms > 50).length, unit: 'frames' },
  ];
}
