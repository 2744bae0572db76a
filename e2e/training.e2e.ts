import AxeBuilder from '@axe-core/playwright';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { startHost, type RunningHost } from './host.ts';

const root = join(import.meta.dirname, '..');

let host: RunningHost;
let folder: string;

test.beforeAll(async () => {
  host = await startHost();
  folder = await mkdtemp(join(tmpdir(), 'omniguard-training-'));
});
test.afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});
test.describe.configure({ mode: 'serial' });

async function open(page: Page): Promise<string[]> {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(host.url);
  await expect(page.getByTestId('connection-state')).toContainText(/connected/i);
  await page.getByRole('link', { name: 'Training' }).click();
  await expect(page.locator('[data-panel="role:reward"] canvas')).toBeVisible();
  return problems;
}

/** The picture of a panel, once it has settled. */
async function picture(page: Page, panel: string): Promise<string> {
  await page.waitForTimeout(300);
  return (await page.locator(`[data-panel="${panel}"]`).getByTestId('curve-plot').screenshot()).toString('base64');
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function boxOf(target: Locator): Promise<Box> {
  const box = await target.boundingBox();
  if (box === null) throw new Error('the element has no place');
  return box;
}

/** Drags across a plot, from and to shares of its width and height. */
async function drag(
  page: Page,
  { x, y, width, height }: Box,
  from: readonly [number, number],
  to: readonly [number, number],
): Promise<void> {
  await page.mouse.move(x + width * from[0], y + height * from[1]);
  await page.mouse.down();
  await page.mouse.move(x + width * to[0], y + height * to[1], { steps: 5 });
  await page.mouse.up();
}

interface Evaluated {
  readonly [suite: string]: { readonly [model: string]: { readonly rows: number } & { readonly [figure: string]: number } };
}

test('shows the real curves of the shipped models and the results computed from them', async ({ page }) => {
  const problems = await open(page);
  const history = (await readFile(join(root, 'models/runs/nano/history.jsonl'), 'utf8')).trim().split('\n');
  const rows = history.map((line) => JSON.parse(line) as { stage: string; step: number; kl?: number });
  const stage = rows.findLast(({ kl }) => kl !== undefined)?.stage ?? '';
  const row = page.getByTestId('run-row').filter({ has: page.getByText(`nano ${stage}`, { exact: true }) });
  await expect(row).toContainText(`${rows.filter((entry) => entry.stage === stage).length} rows`);
  // The value under the crosshair is one that the file holds.
  const surface = page.locator('[data-panel="role:kl"]').getByTestId('plot-surface');
  await surface.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const readout = page.getByTestId('hover-table');
  await expect(readout).toBeVisible();
  await expect(readout.getByRole('columnheader', { name: 'Step', exact: true })).toBeVisible();
  await expect(readout.getByRole('columnheader', { name: 'After' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(readout).toBeHidden();
  expect(problems).toEqual([]);
});

test('compares untrained, warm start and trained from the files of the run that ships', async ({ page }) => {
  await open(page);
  const results = page.getByTestId('results');
  const evaluation = JSON.parse(await readFile(join(root, 'models/runs/nano/evaluation.json'), 'utf8')) as Evaluated;
  const suites = Object.entries(evaluation).filter(([name]) => name.startsWith('unseen-'));
  const overall = (model: RegExp, figure: string): string => {
    const parts = suites.map(([, models]) => Object.entries(models).find(([name]) => model.test(name))?.[1]);
    const rows = parts.reduce((sum, part) => sum + (part?.rows ?? 0), 0);
    const value = parts.reduce((sum, part) => sum + (part?.[figure] ?? Number.NaN) * (part?.rows ?? 0), 0) / rows;
    return value.toFixed(3).replace('-', '−');
  };
  const figures = {
    overall_reward: 'overall_reward',
    env_step_reward: 'mean_reward',
    threat_awareness: 'threat_awareness',
    action_stability: 'kl',
  };
  const all = results.getByTestId('result-suite').first();
  await expect(all).toContainText('all phases');
  for (const [measure, figure] of Object.entries(figures)) {
    const cells = all.locator(`[data-measure="${measure}"] td`);
    await expect(cells).toHaveText([overall(/^base/, figure), overall(/^sft/, figure), overall(/^defender/, figure)]);
  }
  await expect(results.getByTestId('result-suite')).toHaveCount(Object.keys(evaluation).length + 1);
  await expect(results.getByTestId('results-missing')).toHaveCount(0);
});

test('zooms both axes, keeps the zoom on another x axis, and moves it by the slider', async ({ page }) => {
  await open(page);
  const panel = page.locator('[data-panel="role:loss"]');
  const box = await boxOf(panel.getByTestId('plot-surface'));
  const [start, end] = [page.getByTestId('range-start').locator('input'), page.getByTestId('range-end').locator('input')];
  const ends = async (): Promise<(string | null)[]> => [
    await start.getAttribute('aria-valuetext'),
    await end.getAttribute('aria-valuetext'),
  ];
  await expect(start).toBeAttached();
  const whole = await ends();

  await drag(page, box, [0.2, 0.2], [0.6, 0.9]);
  await expect(panel.getByTestId('fit-y')).toBeVisible();
  const zoomed = await ends();
  expect(zoomed).not.toEqual(whole);
  await panel.getByTestId('fit-y').click();
  await expect(panel.getByTestId('fit-y')).toBeHidden();
  expect(await ends()).toEqual(zoomed);
  // Upwards only: the x axis stays.
  await drag(page, box, [0.5, 0.2], [0.5, 0.9]);
  await expect(panel.getByTestId('fit-y')).toBeVisible();
  expect(await ends()).toEqual(zoomed);

  await page.keyboard.press('x');
  await expect(page.getByTestId('training-x')).toContainText('Relative time');
  await expect(page.getByTestId('zoom-reset')).toBeEnabled();
  await expect.poll(ends).not.toEqual(zoomed);
  await page.keyboard.press('x');
  await page.keyboard.press('x');
  await expect(page.getByTestId('training-x')).toContainText('Step');
  await expect.poll(ends).toEqual(zoomed);

  await start.focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(async () => (await ends())[0]).not.toBe(zoomed[0]);
  await page.getByTestId('zoom-back').click();
  await expect.poll(ends).toEqual(zoomed);
  await page.getByTestId('zoom-reset').click();
  await expect.poll(ends).toEqual(whole);
  await expect(page.getByTestId('zoom-reset')).toBeDisabled();
});

test('takes files that are chosen or dropped, and says what is none', async ({ page }) => {
  await open(page);
  const rows = Array.from({ length: 5 }, (_, step) => `${JSON.stringify({ step, reward: step, kl: 0.01 })}\n`).join('');
  await page.keyboard.press('i');
  await page.getByTestId('import-files').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no run') });
  await expect(page.getByTestId('import-problem')).toContainText(/none of|holds no/);
  await page
    .getByTestId('import-files')
    .setInputFiles({ name: 'chosen-run.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(rows) });
  await expect(page.getByTestId('import-report')).toContainText('1 run imported');
  await page.keyboard.press('Escape');

  const dropped = await page.evaluateHandle(
    ([name, text]) => {
      const { DataTransfer: Transfer } = globalThis as unknown as {
        readonly DataTransfer: new () => { readonly items: { add(file: File): void } };
      };
      const transfer = new Transfer();
      transfer.items.add(new File([text], name));
      return transfer;
    },
    ['dropped-run.jsonl', rows] as const,
  );
  await page.getByTestId('run-list').dispatchEvent('drop', { dataTransfer: dropped });
  await expect(page.getByTestId('import-report')).toContainText('1 run imported');
  await page.keyboard.press('Escape');
  await page.getByLabel('Filter runs').fill('-run');
  await expect(page.getByTestId('run-row').filter({ hasText: 'chosen-run' })).toContainText('5 rows');
  await expect(page.getByTestId('run-row').filter({ hasText: 'dropped-run' })).toContainText('5 rows');
});

test('keeps the order of pinned panels, set by keys or by dragging', async ({ page }) => {
  await open(page);
  const pin = async (panel: string): Promise<void> => {
    await page.locator(`[data-panel="${panel}"]`).getByTestId('panel-menu').click();
    await page.getByRole('menuitem', { name: 'Pin to the top' }).click();
  };
  for (const panel of ['role:loss', 'role:kl', 'role:reward']) await pin(panel);
  const pinned = page.getByRole('region', { name: 'Pinned' }).getByTestId('chart-panel');
  const order = async (): Promise<(string | null)[]> => Promise.all((await pinned.all()).map((panel) => panel.getAttribute('data-panel')));
  await expect.poll(order).toEqual(['role:loss', 'role:kl', 'role:reward']);
  const handle = (panel: string): Locator => page.locator(`[data-panel="${panel}"]`).getByTestId('pinned-handle');
  await handle('role:loss').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(order).toEqual(['role:kl', 'role:loss', 'role:reward']);
  await expect(handle('role:loss')).toBeFocused();
  const [from, to] = [await boxOf(handle('role:reward')), await boxOf(pinned.first())];
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + 20, to.y + 60, { steps: 5 });
  await page.mouse.up();
  await expect.poll(order).toEqual(['role:reward', 'role:kl', 'role:loss']);
  await page.reload();
  await expect.poll(order).toEqual(['role:reward', 'role:kl', 'role:loss']);
});

test('smoothing changes the curves, zooming and going back restores them', async ({ page }) => {
  await open(page);
  const panel = 'role:loss';
  const before = await picture(page, panel);
  await page.keyboard.press(']');
  await page.keyboard.press(']');
  await expect(page.locator(`[data-panel="${panel}"]`)).toContainText('EMA 0.80');
  const smoothed = await picture(page, panel);
  expect(smoothed).not.toBe(before);
  await page.keyboard.press('s');
  await expect(page.locator(`[data-panel="${panel}"]`)).toContainText('Gaussian 0.80');

  const surface = page.locator(`[data-panel="${panel}"]`).getByTestId('plot-surface');
  const box = await surface.boundingBox();
  if (box === null) throw new Error('the plot has no place');
  const whole = await picture(page, panel);
  await page.mouse.move(box.x + box.width * 0.2, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(0, 0);
  await expect(page.getByTestId('zoom-reset')).toBeEnabled();
  expect(await picture(page, panel)).not.toBe(whole);
  await page.getByTestId('zoom-back').click();
  await page.mouse.move(0, 0);
  await expect(page.getByTestId('zoom-reset')).toBeDisabled();
  expect(await picture(page, panel)).toBe(whole);

  // Dragging with Shift pans, and the drag after it zooms again.
  await page.keyboard.down('Shift');
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect(page.getByTestId('zoom-reset')).toBeEnabled();
  await page.keyboard.press('0');
  await expect(page.getByTestId('zoom-reset')).toBeDisabled();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await expect(page.getByTestId('zoom-reset')).toBeEnabled();
});

test('compares two runs, imports and follows a file, and exports what it holds', async ({ page }) => {
  await open(page);
  const path = join(folder, 'live-run.jsonl');
  const line = (step: number): string => `${JSON.stringify({ step, reward: step / 10, kl: 0.01 })}\n`;
  await writeFile(path, line(0) + line(1));
  await page.keyboard.press('i');
  await page.getByTestId('import-path').fill(join(folder, 'missing.jsonl'));
  await page.getByTestId('import-start').click();
  await expect(page.getByTestId('import-problem')).toContainText('no such file');
  await page.getByTestId('import-path').fill(path);
  await page.getByTestId('import-start').click();
  await expect(page.getByTestId('import-report')).toContainText('1 run imported');
  await page.keyboard.press('Escape');
  await page.getByLabel('Filter runs').fill('live-run');
  const row = page.getByTestId('run-row').filter({ hasText: 'live-run' });
  await expect(row).toContainText('2 rows');
  await appendFile(path, line(2) + line(3));
  await expect(row).toContainText('4 rows');
  await expect(row).toContainText('live');
  await page.getByLabel('Filter runs').fill('');

  const download = page.waitForEvent('download');
  const panel = page.locator('[data-panel="role:reward"]');
  await panel.getByTestId('panel-menu').click();
  await page.getByRole('menuitem', { name: /Export CSV/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('reward-mean.csv');
  const text = await readFile(await file.path(), 'utf8');
  expect(text.split('\n')[0]).toBe('run,run id,metric,step,value');
  expect(text).toMatch(/live-run,run-[0-9a-f]{16},reward,3,0\.3\n/);
  const points = page.waitForEvent('download');
  await panel.getByTestId('panel-menu').click();
  await page.getByRole('menuitem', { name: /Export JSON/ }).click();
  const json = JSON.parse(await readFile(await (await points).path(), 'utf8')) as {
    readonly runs: readonly { readonly name: string }[];
    readonly columns: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
  };
  expect(json.columns).toEqual(['run', 'step', 'time', 'x', 'value']);
  const index = json.runs.findIndex(({ name }) => name === 'live-run');
  expect(json.rows.filter(([run]) => run === index)).toHaveLength(4);
  for (const kind of ['PNG', 'SVG']) {
    const saved = page.waitForEvent('download');
    await panel.getByTestId('panel-menu').click();
    await page.getByRole('menuitem', { name: `Export ${kind}` }).click();
    const bytes = await readFile(await (await saved).path());
    expect(bytes.subarray(0, 4).toString('latin1')).toBe(kind === 'PNG' ? '\x89PNG' : '<svg');
  }

  await page.getByTestId('tab-compare').click();
  await expect(page.getByTestId('compare')).toContainText('live-run');
  await expect(page.getByTestId('compare-row').filter({ hasText: 'last step' })).toContainText('3');
  const differing = await page.getByTestId('compare-row').count();
  await page.getByTestId('only-differences').click();
  expect(await page.getByTestId('compare-row').count()).toBeGreaterThan(differing);
});

for (const scheme of ['dark', 'light'] as const) {
  test(`has no serious accessibility problem, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(page);
    for (const view of ['charts', 'import', 'compare']) {
      if (view === 'import') await page.keyboard.press('i');
      if (view === 'compare') {
        await page.keyboard.press('Escape');
        await page.getByTestId('tab-compare').click();
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes[0]?.html]),
      ).toEqual([]);
    }
  });
}
