import { expect, test } from '@playwright/test';
import { startHost, type RunningHost } from './host.ts';

let host: RunningHost;

test.beforeAll(async () => {
  host = await startHost({ env: { ENABLE_WEB_INTERFACE: 'true' } });
});
test.afterAll(() => host.close());

test('the page of the environment resets and steps by hand, behind a token in the path', async ({ page }) => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const { origin, searchParams } = new URL(host.url);
  await page.goto(`${origin}/t/${searchParams.get('token') ?? ''}/web/`);
  await expect(page.getByRole('status')).toHaveText('No episode has begun.');

  const reset = page.locator('form#reset');
  await reset.getByLabel('seed', { exact: true }).fill('7');
  await reset.getByLabel('phase', { exact: true }).selectOption('evasion_obfuscation');
  await reset.getByLabel('episode_id', { exact: true }).fill('<b>by hand</b>');
  await reset.getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByRole('status')).toHaveText('Episode <b>by hand</b>, 0 steps.');
  await expect(page.getByLabel('What the defender sees')).not.toBeEmpty();

  const step = page.locator('form#step');
  await step.getByLabel('action_type', { exact: true }).selectOption('BLOCK');
  await step.getByLabel('rationale', { exact: true }).fill('by hand');
  await step.getByRole('button', { name: 'Step' }).click();
  await expect(page.getByRole('status')).toContainText('1 steps. Last reward');
  await expect(page.getByRole('listitem')).toHaveText([/^BLOCK → /]);

  await page.getByRole('button', { name: 'Get state' }).click();
  await expect(page.getByLabel('The last reply')).toContainText('"step_count": 1');
  await reset.getByLabel('seed', { exact: true }).fill('-1');
  await reset.getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByLabel('The last reply')).toContainText('greater_than_equal');
  await expect(page.getByRole('status')).toContainText('Refused (422)');
  expect(problems.filter((text) => !text.includes('422'))).toEqual([]);
});
