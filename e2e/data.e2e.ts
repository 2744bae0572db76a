import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import type { FakeHub } from '../src/backend/corpora/hub/testing/fakeHub.ts';
import { startFakeCorpora } from './fakeCorpora.ts';
import { startHost, type RunningHost } from './host.ts';

let hub: FakeHub;
let host: RunningHost;

test.beforeAll(async () => {
  hub = await startFakeCorpora();
  host = await startHost({ env: { HF_ENDPOINT: hub.url } });
});
test.afterAll(async () => {
  await host.close();
  await hub.close();
});
test.beforeEach(() => {
  hub.faults = () => null;
});

test.describe.configure({ mode: 'serial' });

async function open(page: Page): Promise<string[]> {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(host.url);
  await page.getByRole('link', { name: 'Data' }).click();
  await expect(page.getByTestId('data-corpus-witfoo')).toBeVisible();
  return problems;
}

test('downloads nothing by itself, and says what each corpus is', async ({ page }) => {
  const problems = await open(page);
  await expect(page.getByTestId('data-state-witfoo')).toHaveText('not streamed yet');
  await expect(page.getByTestId('data-corpus-fenrir')).toContainText('AlicanKiraz0/Cybersecurity-Dataset-Fenrir-v2.1');
  await expect(page.getByTestId('data-corpus-nist')).toContainText('CC0-1.0');
  await expect(page.getByTestId('data-samples')).toContainText('Nothing of WitFoo Precinct 6 is cached');
  expect(hub.requests).toHaveLength(0);
  expect(problems).toEqual([]);
});

test('streams, pauses, goes on and cancels, by the keyboard too', async ({ page }) => {
  await open(page);
  hub.faults = ({ host: name }) => (name === 'cdn' ? { kind: 'slow', ms: 150 } : null);
  await page.getByTestId('data-start-witfoo').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('data-state-witfoo')).toHaveText(/connecting|streaming/);
  await page.getByTestId('data-pause-witfoo').click();
  await expect(page.getByTestId('data-state-witfoo')).toHaveText(/paused|not streamed yet/);
  hub.faults = () => null;
  await page.getByTestId('data-start-witfoo').click();
  await expect(page.getByTestId('data-state-witfoo')).toHaveText('done');
  await expect(page.getByTestId('data-rows-witfoo')).toContainText('rows wanted (of 24,000 rows in all), 100.0%');
  await expect(page.getByTestId('data-cache-witfoo')).toHaveText(/MB/);
  await page.getByTestId('data-cancel-witfoo').click();
  await expect(page.getByTestId('data-state-witfoo')).toHaveText('not streamed yet');
  await expect(page.getByTestId('data-cache-witfoo')).toHaveText(/MB/);
});

test('shows rows as messages, as text only', async ({ page }) => {
  await open(page);
  await page.getByTestId('data-start-fenrir').click();
  await expect(page.getByTestId('data-state-fenrir')).toHaveText('done');
  await page.getByRole('tab', { name: 'Fenrir' }).click();
  await expect(page.getByTestId('data-sample')).toHaveCount(4);
  await page.getByTestId('data-sample').nth(2).click();
  await expect(page.getByTestId('data-sample-message')).toContainText('jsonrpc');
  await expect(page.getByTestId('data-sample-message')).toContainText('How should the team of the');
  const before = await page.getByTestId('data-sample').allInnerTexts();
  await page.getByTestId('data-resample').click();
  await expect.poll(() => page.getByTestId('data-sample').allInnerTexts()).not.toEqual(before);
});

test('names a problem with what to do, and works offline from the cache', async ({ page }) => {
  await open(page);
  hub.faults = () => ({ kind: 'status', status: 403, headers: { 'x-error-code': 'GatedRepo' } });
  await page.getByTestId('data-start-nist').click();
  await expect(page.getByTestId('data-problem-nist')).toContainText('accept its terms on the Hub and set HF_TOKEN');
  hub.faults = () => ({ kind: 'reset' });
  await page.getByTestId('data-start-witfoo').click();
  await expect(page.getByTestId('data-state-witfoo')).toHaveText('done, offline', { timeout: 60_000 });
});

test('shows controls beside a verdict once their corpus is streamed', async ({ page }) => {
  await open(page);
  await page.getByTestId('data-start-nist').click();
  await expect(page.getByTestId('data-state-nist')).toHaveText('done');
  await page.getByRole('link', { name: 'Live' }).click();
  await page.getByTestId('live-next').click();
  await expect(page.getByTestId('message-truth')).toBeVisible();
  await page.getByRole('tab', { name: 'Controls' }).click();
  await expect(page.getByTestId('control-references').getByRole('listitem').first()).toContainText(/^(AC-6|SC-7|SI-10|AU-6|CM-7|IA-5)/);
});

test('keeps the mix that the sliders set', async ({ page }) => {
  await open(page);
  await page.getByTestId('data-share-witfoo').locator('input').focus();
  for (let press = 0; press < 20; press++) await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('data-percent-witfoo')).toHaveText('50.0%');
  await expect(page.getByTestId('data-mix-bar')).toHaveAttribute('aria-label', /Generated 50%, WitFoo 50%/);
  await page.reload();
  await expect(page.getByTestId('data-percent-witfoo')).toHaveText('50.0%');
});

test('says what the cache holds, and keeps to a limit that is set', async ({ page }) => {
  await open(page);
  await expect(page.getByTestId('data-cache-holds')).toContainText(/MB of at most 2\.0 GB: .*WitFoo [\d.]+ MB/);
  await expect(page.getByTestId('data-cache-evicted')).toContainText('Nothing had to make room');
  await page.getByTestId('data-cache-limit').fill('0.01');
  await expect(page.getByTestId('data-cache')).toContainText('A number from 0.05 to 1000.');
  await expect(page.getByTestId('data-cache-set')).toBeDisabled();
  await page.getByTestId('data-cache-limit').fill('0.5');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('data-cache-holds')).toContainText('of at most 500.0 MB');
  await page.reload();
  await expect(page.getByTestId('data-cache-limit')).toHaveValue('0.5');
});

test('clears a cache only after asking', async ({ page }) => {
  await open(page);
  await page.getByTestId('data-clear-fenrir').click();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('data-cache-fenrir')).toHaveText(/MB/);
  await page.getByTestId('data-clear-fenrir').click();
  await page.getByTestId('data-clear-confirm').click();
  await expect(page.getByTestId('data-cache-fenrir')).toHaveText('0 B');
  await expect(page.getByTestId('data-state-fenrir')).toHaveText('not streamed yet');
});

for (const scheme of ['dark', 'light'] as const) {
  test(`has no serious accessibility problem and fits small windows, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(page);
    await expect(page.getByTestId('data-sample').first()).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes[0]?.html]),
    ).toEqual([]);
    const mix = (await page.getByTestId('data-mix').boundingBox()) ?? { x: Infinity, width: 0 };
    expect(mix.x + mix.width).toBeLessThanOrEqual(1_280);
  });
}
