import { expect, test, type Page } from '@playwright/test';
import { startHost, type RunningHost } from './host.ts';
import { collectProblems, open, seriousViolations } from './steps.ts';

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

for (const scheme of ['dark', 'light'] as const) {
  test(`has no serious accessibility problem, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(page, host);
    await expect(page.getByTestId('lane-trained-action')).toHaveText(ACTION);
    expect(await seriousViolations(page)).toEqual([]);
  });
}
