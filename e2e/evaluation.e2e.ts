import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { startHost, type RunningHost } from './host.ts';

const VIEWS = ['summary', 'actions', 'calibration', 'threshold', 'drift', 'mistakes'] as const;

let host: RunningHost;
let report = '';

test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

test.describe.configure({ mode: 'serial' });

async function open(page: Page, hash: string): Promise<readonly string[]> {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${host.url}${hash}`);
  await expect(page.getByTestId('connection-state')).toContainText(/connected/i);
  return problems;
}

test('a model is evaluated, its threshold moved, a mistake opened and the report downloaded', async ({ page }) => {
  test.setTimeout(300_000);
  const problems = await open(page, '');
  await page.keyboard.press('5');
  await expect(page.getByText('No evaluation yet')).toBeVisible();
  await page.getByTestId('evaluation-count').fill('60');
  await page.getByTestId('evaluation-start').click();
  await expect(page.getByTestId('evaluation-progress')).toBeVisible();
  await expect(page.getByTestId('evaluation-title')).toContainText('nano-omniguard on bundled:test', { timeout: 240_000 });
  report = page.url().replace(/^.*#/, '#');
  await expect(page.getByTestId('evaluation-systems')).toContainText('linear-body');
  await expect(page.getByTestId('evaluation-report-link')).toHaveCount(1);

  // The form holds what it held before the run, and after a reload.
  await expect(page.getByTestId('evaluation-count')).toHaveValue('60');
  await page.getByTestId('evaluation-cost').click();
  await page.getByRole('option', { name: 'strict' }).click();
  await page.reload();
  await expect(page.getByTestId('evaluation-count')).toHaveValue('60');
  await expect(page.getByTestId('evaluation-cost')).toContainText('strict');

  // By keyboard alone: at 0 every message is stopped, at 1 hardly any.
  await page.getByTestId('evaluation-view-threshold').click();
  const slider = page.getByRole('slider', { name: 'Alarm threshold' });
  await slider.focus();
  const figures = page.getByTestId('threshold-figures');
  const before = await figures.innerText();
  await page.keyboard.press('Home');
  await expect(figures).toContainText('At 0.000');
  await expect(figures.getByRole('row', { name: /^Recall/ })).toContainText('100.0%');
  await expect(figures.getByRole('row', { name: /^False-positive rate/ })).toContainText('100.0%');
  await page.keyboard.press('ArrowRight');
  await expect(figures).toContainText('At 0.005');
  expect(await figures.innerText()).not.toBe(before);

  await page.getByTestId('evaluation-view-drift').click();
  const measures = page.getByTestId('drift-measures');
  await expect(measures.getByRole('row', { name: /^nano-embedder/ })).toBeVisible();
  await expect(measures.getByRole('row', { name: /^hashed n-grams/ })).toBeVisible();
  await expect(measures.getByRole('row', { name: /^words and structure/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /ROC curves of the drift; areas under them: nano-embedder/ })).toBeVisible();

  await page.getByTestId('evaluation-view-mistakes').click();
  const mistake = page.getByTestId('evaluation-mistake').last();
  await mistake.click();
  await expect(mistake).toHaveAttribute('aria-current', 'true');
  await expect(page).toHaveURL(/case=\d+/);
  await expect(page.getByTestId('evaluation-message').getByTestId('message-json')).toContainText('jsonrpc');

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('evaluation-export-json').click()]);
  const exported = JSON.parse(await readFile(await download.path(), 'utf8')) as { readonly suite: { readonly rows: number } };
  expect(download.suggestedFilename()).toBe('report.json');
  expect(exported.suite.rows).toBe(60);
  expect(problems).toEqual([]);
});

for (const scheme of ['dark', 'light'] as const) {
  test(`has no serious accessibility problem, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    const problems = await open(page, report);
    for (const view of VIEWS) {
      await page.getByTestId(`evaluation-view-${view}`).click();
      await expect(page.getByTestId(`evaluation-${view}`)).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [view, id, nodes[0]?.html]),
      ).toEqual([]);
    }
    expect(problems).toEqual([]);
  });
}

test('says which line of an own suite is wrong', async ({ page }) => {
  await open(page, report);
  await page.getByTestId('evaluation-source').click();
  await page.getByRole('option', { name: 'Own suite' }).click();
  await page
    .getByTestId('evaluation-file')
    .setInputFiles({ name: 'mine.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from('{"id":1}\n') });
  await page.getByTestId('evaluation-start').click();
  await expect(page.getByTestId('evaluation-failed')).toContainText('mine.jsonl line 1');
});
