import AxeBuilder from '@axe-core/playwright';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
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
  return (await page.locator(`[data-panel="${panel}"] canvas`).first().screenshot()).toString('base64');
}

test('shows the real curves of the shipped models and the results computed from them', async ({ page }) => {
  const problems = await open(page);
  const history = (await readFile(join(root, 'models/runs/nano/history.jsonl'), 'utf8')).trim().split('\n');
  const rows = history.map((line) => JSON.parse(line) as { stage: string; step: number; kl?: number });
  const stage = rows.findLast(({ kl }) => kl !== undefined)?.stage ?? '';
  const row = page.getByTestId('run-row').filter({ has: page.getByText(`nano ${stage}`, { exact: true }) });
  await expect(row).toContainText(`${rows.filter((entry) => entry.stage === stage).length} rows`);
  await expect(page.getByTestId('result-row').filter({ hasText: 'Overall reward' })).toContainText(/\d\.\d{3}/);
  await expect(page.getByTestId('result-row').filter({ hasText: 'Action stability' }).first()).toContainText('0.000');

  // The value under the crosshair is one that the file holds.
  const surface = page.locator('[data-panel="role:kl"]').getByTestId('plot-surface');
  await surface.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const readout = page.getByTestId('hover-table');
  await expect(readout).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(readout).toBeHidden();
  expect(problems).toEqual([]);
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
    for (const view of ['charts', 'compare']) {
      if (view === 'compare') await page.getByTestId('tab-compare').click();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes[0]?.html]),
      ).toEqual([]);
    }
  });
}
