import { expect, test, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { startHost, type RunningHost } from './host.ts';
import { open, scrubText, seriousViolations } from './steps.ts';

let host: RunningHost;

test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());
test.describe.configure({ mode: 'serial' });

/** Opens the newest episode from the library. */
async function openNewest(page: Page): Promise<void> {
  await open(page, host, '#/replays');
  await page.getByTestId('library-row').first().getByRole('link').click();
  await expect(page.getByTestId('scrub-bar')).toBeVisible();
}

test('plays a few messages and finds the episode in the library', async ({ page }) => {
  await open(page, host);
  for (let message = 1; message <= 3; message++) {
    await expect(page.getByTestId('live-next')).toBeEnabled();
    await page.keyboard.press('n');
    await expect.poll(() => page.getByTestId('decision-row').count()).toBe(message);
  }
  await open(page, host, '#/replays');
  await expect(page.getByTestId('library-row').first()).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('nano-omni');
  await expect(page.getByTestId('library-row').first()).toBeVisible();
  await page.getByTestId('library-search').fill('nothing-has-this-name');
  await expect(page.getByText('No episode matches the filters')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(page.getByTestId('library-row').first()).toBeVisible();
});

test('scrubs, steps by events and decisions, and keeps the place in the address', async ({ page }) => {
  await openNewest(page);
  const bar = page.getByTestId('scrub-bar');
  await bar.focus();
  await page.keyboard.press('Home');
  await expect.poll(() => scrubText(page)).toContain('before the first message');
  // One event is one lane's decision: the start, then the baseline, then the trained lane.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(bar).toHaveAttribute('aria-valuenow', '2');
  await expect(page.getByTestId('replay-baseline').getByTestId('lane-baseline-action')).toBeVisible();
  await expect(page.getByTestId('replay-trained')).toContainText('Decides next');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('replay-trained').getByTestId('lane-trained-action')).toBeVisible();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(bar).toHaveAttribute('aria-valuenow', '3');
  await expect.poll(() => scrubText(page)).toMatch(/^Tick 1 of \d+, baseline \w+, trained \w+$/);
  await expect(page).toHaveURL(/\?at=1&lane=trained$/);
  await page.keyboard.press('End');
  const end = await scrubText(page);
  await page.reload();
  await expect.poll(() => scrubText(page)).toBe(end);
  const box = await bar.boundingBox();
  if (box === null) throw new Error('the scrub bar has no box');
  await page.mouse.click(box.x + 1, box.y + 20);
  await expect(bar).toHaveAttribute('aria-valuenow', '0');
  await page.getByTestId('tick-field').fill('2');
  await page.getByTestId('tick-field').press('Enter');
  await expect.poll(() => scrubText(page)).toMatch(/^Tick 2 of/);
});

test('plays on one clock, changes the speed, and unlocks the lanes', async ({ page }) => {
  await openNewest(page);
  await page.keyboard.press('0');
  for (let press = 0; press < 4; press++) await page.keyboard.press(']');
  await expect(page.getByTestId('replay-speed')).toHaveText('16×');
  await page.keyboard.press(' ');
  await expect(page.getByTestId('replay-play')).toHaveText('Play');
  const bar = page.getByTestId('scrub-bar');
  await expect(bar).toHaveAttribute('aria-valuenow', (await bar.getAttribute('aria-valuemax')) ?? '');
  await page.keyboard.press('k');
  await page.keyboard.press('0');
  await expect(page.getByTestId('replay-trained')).toContainText('Before the first message');
  await expect(page.getByTestId('replay-baseline')).not.toContainText('Before the first message');
  await page.keyboard.press('k');
  await expect(page.getByTestId('replay-baseline')).toContainText('Before the first message');
  await page.keyboard.press('l');
  await expect(page.getByTestId('replay-trained')).toBeHidden();
});

test('verifies by re-simulation, marks and sends to review', async ({ page }) => {
  await openNewest(page);
  await page.keyboard.press('v');
  await expect(page.getByTestId('verification')).toContainText('Identical, bit for bit');
  await page.keyboard.press('b');
  await page.getByTestId('bookmark-note').fill('worth a look');
  await page.getByTestId('bookmark-note').press('Enter');
  await expect(page.getByTestId('mark-bookmark')).toHaveAttribute('title', /worth a look/);
  await page.getByTestId('replay-send').click();
  await expect(page.getByTestId('replay-notice')).toContainText(/review queue/);
  await expect(page.getByTestId('mark-label').first()).toBeAttached();
});

test('exports a clip of the ticks that were chosen', async ({ page }) => {
  await openNewest(page);
  await page.getByTestId('tick-field').fill('2');
  await page.getByTestId('tick-field').press('Enter');
  await page.getByTestId('replay-clip').click();
  await page.getByTestId('clip-from').fill('2');
  await page.getByTestId('clip-from').press('Enter');
  await page.getByTestId('clip-to').fill('2');
  await page.getByTestId('clip-to').press('Enter');
  const downloading = page.waitForEvent('download');
  await page.getByTestId('clip-save').click();
  const lines = (await readFile(await (await downloading).path(), 'utf8')).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { position: number; lane: string }).position)).toEqual(lines.map(() => 1));
  await expect(page.getByTestId('replay-notice')).toContainText('of ticks 2 to 2');
});

test('exports, deletes, undoes, and imports what was exported', async ({ page }) => {
  await openNewest(page);
  const downloading = page.waitForEvent('download');
  await page.getByTestId('replay-export').click();
  const file = await (await downloading).path();
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^\{"format":"omniguard-episodes\/1",.*"parts":\[\{"sha256":"[0-9a-f]{64}","bytes":\d+\}\]\}$/);

  const before = new URL(page.url()).hash;
  await page.getByTestId('replay-delete').click();
  await expect(page.getByTestId('library-notice')).toContainText('1 episode deleted');
  await expect(page.getByText('No episodes yet')).toBeVisible();
  await page.keyboard.press('u');
  await expect(page.getByTestId('library-row')).toHaveCount(1);

  await page.getByTestId('library-file').setInputFiles(file);
  await expect(page.getByTestId('library-notice')).toContainText('1 was here already');
  await page
    .getByTestId('library-file')
    .setInputFiles({ name: 'broken.jsonl', mimeType: 'text/plain', buffer: Buffer.from('{"no":"episode"}\n') });
  await expect(page.getByTestId('library-problem')).toContainText('incomplete');
  await page.goto(`${host.url.replace(/\?.*/, '')}${before}`);
  await expect(page.getByTestId('scrub-bar')).toBeVisible();
});

for (const scheme of ['dark', 'light'] as const) {
  test(`has no serious accessibility problem, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await open(page, host, '#/replays');
    await expect(page.getByTestId('library-row').first()).toBeVisible();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByTestId('library-row').first().getByRole('link').click();
    for (const side of ['message', 'inspector', 'bookmarks']) {
      await page.getByTestId(`side-${side}`).click();
      expect(await seriousViolations(page)).toEqual([]);
    }
  });
}
