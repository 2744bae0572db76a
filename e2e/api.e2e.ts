import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { WebSocket } from 'ws';
import { startHost, type RunningHost } from './host.ts';

let host: RunningHost;

test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

/** A session of a trainer that has reset and stepped once; `closed` tells how the server ended it. */
async function openSession(): Promise<{ readonly closed: Promise<number> }> {
  const { host: address, searchParams } = new URL(host.url);
  const socket = new WebSocket(`ws://${address}/t/${searchParams.get('token') ?? ''}/ws`);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  for (const frame of [
    { type: 'reset', data: { seed: 1 } },
    { type: 'step', data: { action_type: 'SPOTLIGHT' } },
  ]) {
    const answered = new Promise((resolve) => socket.once('message', resolve));
    socket.send(JSON.stringify(frame));
    await answered;
  }
  return { closed };
}

test('sessions are seen and ended, endpoints tried, clients copied, the server switched off and on', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(host.url);
  await page.getByRole('link', { name: 'API' }).click();
  await expect(page.getByTestId('api-state')).toHaveText('On');
  await expect(page.getByTestId('api-sessions-count')).toHaveText('0 of 64');

  const session = await openSession();
  const row = page.getByTestId('api-session');
  await expect(row).toContainText('WebSocket');
  await expect(row).toContainText('step');
  await row.getByRole('button', { name: /^End session/ }).click();
  await row.getByRole('button', { name: 'Keep' }).click();
  await row.getByRole('button', { name: /^End session/ }).click();
  await row.getByRole('button', { name: 'End session', exact: true }).click();
  await expect(row).toHaveCount(0);
  expect(await session.closed).toBeGreaterThanOrEqual(1000);

  await page.getByTestId('api-send').click();
  await expect(page.getByTestId('api-answer')).toContainText('200 application/json');
  await page.getByTestId('api-operation').click();
  await page
    .getByRole('option', { name: /^POST \/reset/ })
    .first()
    .click();
  await page.getByTestId('api-body').press('Control+Enter');
  await expect(page.getByTestId('api-answer')).toContainText('200 application/json');
  await expect(page.getByTestId('api-reply')).toContainText('observation');
  await page.getByTestId('api-body').fill('{"items":[{"env_id":0,"nonsense":1}]}');
  await page.getByTestId('api-send').click();
  await expect(page.getByTestId('api-answer')).toContainText('422');

  await page.getByTestId('api-connect').click();
  await page.getByTestId('api-copy-python').click();
  const token = new URL(host.url).searchParams.get('token') ?? '';
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toContain(token);
  await expect(page.getByRole('region', { name: 'Python' })).not.toContainText(token);

  for (const theme of ['dark', 'light'] as const) {
    await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  }

  await page.getByTestId('api-switch').click();
  await expect(page.getByTestId('api-state')).toHaveText('Off');
  const { origin } = new URL(host.url);
  expect((await fetch(`${origin}/health`)).status).toBe(503);
  await page.getByTestId('api-switch').click();
  await expect(page.getByTestId('api-state')).toHaveText('On');
  expect((await fetch(`${origin}/health`)).status).toBe(200);
});
