import { expect, test, type Page } from '@playwright/test';
import { COMMAND_IDS } from '../src/renderer/app/keys/catalogue.ts';
import { startHost, type RunningHost } from './host.ts';
import { collectProblems, open, seriousViolations } from './steps.ts';

let host: RunningHost;
test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

const dialog = (page: Page) => page.getByTestId('help-sheet');

test('lists every command and changes keys: taken over from another, kept, reset', async ({ page }) => {
  const problems = collectProblems(page);
  await open(page, host);
  await page.keyboard.press('?');
  for (const id of COMMAND_IDS) await expect(page.getByTestId(`keys-${id}`)).toBeAttached();
  await expect(dialog(page).getByRole('heading', { level: 3 }).first()).toContainText('Livethis page');
  expect(await seriousViolations(page)).toEqual([]);

  // Esc ends the recording, not the dialog; a key of the window is refused.
  await page.getByTestId('add-live.next').click();
  await page.keyboard.press('Control+k');
  await expect(page.getByTestId('key-recorder')).toContainText('belong to the window');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('key-recorder')).toBeHidden();
  await expect(dialog(page)).toBeVisible();

  // A free key is given at once.
  await page.getByTestId('add-live.next').click();
  await page.keyboard.press('w');
  await expect(page.getByTestId('keys-live.next').locator('kbd')).toHaveText(['N', 'W']);
  await page.getByTestId('keys-live.next').getByRole('button', { name: 'Take N from' }).click();
  await expect(page.getByTestId('keys-live.next').locator('kbd')).toHaveText(['W']);

  // One that another command has is taken only after a yes; what lost it has none.
  await page.getByTestId('add-live.lane').click();
  await page.keyboard.press('l');
  await expect(page.getByTestId('key-recorder')).toContainText('“Run live, or resume”');
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByTestId('key-take').click();
  await expect(page.getByTestId('keys-live.lane').locator('kbd')).toHaveText(['M', 'L']);
  await expect(page.getByTestId('keys-live.start').locator('kbd')).toHaveCount(0);

  // Buttons show what is in force, keys do what they say, and all of it outlives a reload.
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await page.reload();
  await expect(page.getByTestId('live-next')).toBeEnabled();
  await expect(page.getByTestId('live-next')).toContainText('W');
  await expect(page.getByTestId('live-next')).toHaveAttribute('aria-keyshortcuts', 'W');
  await page.keyboard.press('n');
  await expect(page.getByTestId('live-state')).toHaveText('Idle');
  await page.keyboard.press('w');
  await expect(page.getByTestId('decision-row')).toHaveCount(1);

  // With single characters off, hints go too.
  await page.keyboard.press('?');
  await page.getByTestId('letter-keys').click();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('live-next').locator('kbd')).toHaveCount(0);
  await page.getByTestId('help').click();
  await page.getByTestId('letter-keys').click();

  await page.getByTestId('reset-live.next').click();
  await expect(page.getByTestId('keys-live.next').locator('kbd')).toHaveText(['N']);
  await page.getByTestId('keys-reset').click();
  await expect(page.getByTestId('keys-live.start').locator('kbd')).toHaveText(['L']);
  await expect(page.getByTestId('keys-reset')).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('live-next')).toContainText('N');
  expect(problems).toEqual([]);
});

test('shows conflicts that were stored, and survives nonsense in the settings', async ({ page }) => {
  await open(page, host);
  await page.evaluate(() =>
    localStorage.setItem('omniguard.settings', JSON.stringify({ keys: { 'live.next': ['l'], 'no.such': ['x'], 'app.help': 7 } })),
  );
  await page.reload();
  await page.getByTestId('help').click();
  await expect(page.getByTestId('conflict-live.next')).toContainText('L is also “Run live, or resume”');
  await expect(page.getByTestId('conflict-live.start')).toContainText('“Play the next message”');
  await expect(page.getByTestId('keys-app.help').locator('kbd')).toHaveText(['?']);
});
