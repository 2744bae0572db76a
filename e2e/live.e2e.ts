import { expect, test, type Page } from '@playwright/test';
import { startHost, type RunningHost } from './host.ts';
import { becomeAnalyst, collectProblems, open, seriousViolations } from './steps.ts';

const ACTION = /ALLOW|BLOCK|SPOTLIGHT|SEMANTIC|CAPABILITY|REVOKE/;

let host: RunningHost;

test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

/** Number in a test id's text, e.g. `+1.25` or `12`. */
async function figure(page: Page, testId: string): Promise<number> {
  const text = (await page.getByTestId(testId).innerText()).replace('−', '-');
  return Number(/[-+]?\d+(?:\.\d+)?/.exec(text)?.[0] ?? Number.NaN);
}

test.describe.configure({ mode: 'serial' });

test('plays one message in both lanes with real models and shows the truth only afterwards', async ({ page }) => {
  const problems = collectProblems(page);
  await open(page, host);
  await page.getByTestId('live-next').click();
  for (const lane of ['baseline', 'trained']) await expect(page.getByTestId(`lane-${lane}-action`)).toHaveText(ACTION);
  await expect(page.getByTestId('message-json')).toContainText('jsonrpc');
  await expect(page.getByTestId('message-truth')).toContainText(/benign|malicious/i);
  await expect(page.getByTestId('decision-row').first()).toBeVisible();
  await expect(page.getByTestId('status-device')).toContainText(/cpu|cuda|vulkan|metal/i);
  expect(problems).toEqual([]);
});

test('runs live, pauses without losing a step, and stops', async ({ page }) => {
  await open(page, host);
  await page.getByTestId('live-start').click();
  await expect.poll(() => page.getByTestId('decision-row').count()).toBeGreaterThan(8);
  await page.getByTestId('live-pause').click();
  await expect(page.getByTestId('live-start')).toBeEnabled();
  const cumulative = await figure(page, 'lane-trained-cumulative');
  await page.waitForTimeout(500);
  expect(await figure(page, 'lane-trained-cumulative')).toBe(cumulative);
  await page.reload();
  await expect(page.getByTestId('connection-state')).toContainText(/connected/i);
  await expect.poll(() => figure(page, 'lane-trained-cumulative')).toBe(cumulative);
  await page.getByTestId('live-stop').click();
  await expect(page.getByTestId('live-start')).toBeEnabled();
});

test('is driven by the keyboard alone', async ({ page }) => {
  await open(page, host);
  await expect(page.getByTestId('live-next')).toBeEnabled();
  await page.keyboard.press('n');
  await expect(page.getByTestId('lane-trained-action')).toHaveText(ACTION);
  await expect(page.getByTestId('live-start')).toBeEnabled();
  await page.keyboard.press('l');
  await expect.poll(() => page.getByTestId('decision-row').count()).toBeGreaterThan(3);
  await page.keyboard.press('p');
  await expect(page.getByTestId('live-start')).toBeEnabled();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('sends a decision to review from the keyboard, the inspector and the table, and shows it as queued', async ({ page }) => {
  const problems = collectProblems(page);
  await open(page, host);
  const before = Number(/(\d+) open/.exec(await page.getByTestId('status-review').innerText())?.[1]);
  await expect(page.getByTestId('live-start')).toBeEnabled();
  const rows = page.getByTestId('decision-row');
  const newest = async (): Promise<number> => Number(await rows.last().getByRole('gridcell').first().innerText());
  const played = (await rows.count()) > 0 ? await newest() : 0;
  await page.getByTestId('live-next').click();
  await expect.poll(newest).toBeGreaterThan(played);

  // By keyboard: the notice leads to the item, the inspector says that it lies there, the status bar counts it.
  await page.keyboard.press('r');
  await expect(page.getByTestId('live-sent')).toContainText('review queue');
  await expect(page.getByTestId('lane-trained-queued')).toBeVisible();
  await expect(page.getByTestId('decision-row').last().getByTestId('row-queued')).toBeVisible();
  await expect
    .poll(async () => Number(/(\d+) open/.exec(await page.getByTestId('status-review').innerText())?.[1]))
    .toBeGreaterThan(before);
  await page.keyboard.press('r');
  await expect(page.getByTestId('live-sent')).toContainText('already');
  const item = await page.getByTestId('live-sent').getByRole('link').getAttribute('href');

  // From the table: another row, picked and sent with one press.
  const free = page.getByTestId('decision-row').filter({ has: page.getByTestId('row-send') });
  await free.first().hover();
  await free.first().getByTestId('row-send').click();
  await expect(page.getByTestId('live-sent')).toContainText('Sent to the review queue');
  await expect(page.getByTestId('decision-table').locator('[aria-selected="true"]').getByTestId('row-queued')).toBeVisible();

  // From a lane's panel, on a row that is not queued yet.
  await free.first().click();
  await page.locator('[data-testid="lane-trained-send"], [data-testid="lane-baseline-send"]').first().click();
  await expect(page.getByTestId('live-sent')).toContainText('Sent to the review queue');
  await expect(page.getByTestId('status-review-new')).toContainText('new');
  expect(await seriousViolations(page)).toEqual([]);

  // After a reload the state is read from the queue; the link leads to the very item, and what was new has been seen.
  await page.reload();
  await expect(page.getByTestId('decision-row').last().getByTestId('row-queued')).toBeVisible();
  await page.keyboard.press('o');
  await expect(page).toHaveURL(new RegExp(`${item ?? 'no link'}$`));
  await expect(page.getByTestId('status-review-new')).toBeHidden();
  await becomeAnalyst(page, 'Grace');
  await expect(page.getByTestId('status-review')).toContainText('open for Grace');
  await expect(page.getByTestId('review-form')).toBeVisible();
  expect(problems).toEqual([]);
});

test('tells on any page that a disputed decision came in', async ({ page, browser }) => {
  await open(page, host, '#/models');
  await expect(page.getByTestId('status-review')).toContainText('open');
  await expect(page.getByTestId('status-review-new')).toBeHidden();
  const player = await (await browser.newContext()).newPage();
  await open(player, host);
  await player.getByTestId('scope-speed').click();
  await player.getByRole('option', { name: 'Maximum' }).click();
  await player.getByTestId('live-start').click();
  await expect(page.getByTestId('status-review-new')).toContainText('new', { timeout: 60_000 });
  await player.getByTestId('live-stop').click();
  await page.getByTestId('status-review').click();
  await expect(page).toHaveURL(/#\/review/);
});

for (const scheme of ['dark', 'light'] as const) {
  test(`has no serious accessibility problem, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(page, host);
    await expect(page.getByTestId('lane-trained-action')).toHaveText(ACTION);
    expect(await seriousViolations(page)).toEqual([]);
  });
}
