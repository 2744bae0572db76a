import { expect, test } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { startHost, type RunningHost } from './host.ts';
import { omniguard, open, seriousViolations, sitDown } from './steps.ts';

let host: RunningHost;

test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

test.describe.configure({ mode: 'serial' });

test('a disputed decision is labelled, contested, adjudicated, exported and evaluated', async ({ browser, page }) => {
  test.setTimeout(300_000);
  // A live run disputes by itself; the two models and the critic are the real ones.
  await open(page, host);
  const ada = await sitDown(browser, host, 'Ada');
  await page.getByTestId('live-start').click();
  await expect(ada.page.getByTestId('review-row').first()).toBeVisible({ timeout: 120_000 });
  await page.getByTestId('live-pause').click();

  // Ada, by keyboard alone: take, flag for a second analyst, choose, say how sure, note, submit.
  await ada.page.keyboard.press('t');
  await expect(ada.page.getByTestId('review-form')).toBeVisible();
  const address = ada.page.url().replace(/^.*#/, '#');
  await ada.page.keyboard.press('f');
  await expect(ada.page.getByTestId('review-said')).toContainText('Flagged');
  await ada.page.keyboard.press('4');
  await expect(ada.page.getByTestId('review-action-SEMANTIC_DIFF')).toHaveAttribute('aria-checked', 'true');
  await ada.page.keyboard.press('c');
  await ada.page.keyboard.press('m');
  await ada.page.keyboard.type('The reference says otherwise.');
  await expect(ada.page.getByTestId('review-saving')).toHaveText('Draft saved');

  // The draft outlives the page.
  await ada.page.reload();
  await expect(ada.page.getByTestId('review-note')).toHaveValue('The reference says otherwise.');
  await expect(ada.page.getByTestId('review-lane-trained')).toBeVisible();
  await ada.page.keyboard.press('Enter');
  await expect(ada.page.getByTestId('review-said')).toContainText('Submitted');

  // Bob sees nothing of it before his first choice, and then disagrees.
  const bob = await sitDown(browser, host, 'Bob');
  await bob.page.goto(`${host.url}${address}`);
  await expect(bob.page.getByTestId('review-hidden')).toBeVisible();
  await expect(bob.page.getByTestId('review-labels')).toHaveCount(0);
  await bob.page.keyboard.press('2');
  await expect(bob.page.getByTestId('review-lane-trained')).toBeVisible();
  await bob.page.keyboard.press('Enter');
  await expect(bob.page.getByTestId('review-said')).toContainText('waits for adjudication');

  // Eve weighs both labels without names.
  const eve = await sitDown(browser, host, 'Eve');
  await eve.page.goto(`${host.url}${address}`);
  await expect(eve.page.getByTestId('review-labels')).toContainText('The reference says otherwise.');
  await expect(eve.page.getByTestId('review-labels')).not.toContainText('Ada');
  await eve.page.keyboard.press('4');
  await eve.page.keyboard.press('Enter');
  await expect(eve.page.getByTestId('review-said')).toContainText('Adjudicated');
  await eve.page.goto(`${host.url}${address}`);
  await expect(eve.page.getByTestId('review-decided')).toContainText('Semantic diff');
  await expect(eve.page.getByTestId('review-labels')).toContainText('Ada');

  // The episode it came from is one click away, at the message.
  await eve.page.getByTestId('review-episode').click();
  await expect(eve.page.getByTestId('mark-label').first()).toBeAttached();
  await eve.page.goBack();

  // What was decided is written and evaluated.
  await eve.page.getByTestId('review-view-export').click();
  await eve.page.getByTestId('review-verify').click();
  await expect(eve.page.getByTestId('review-verified')).toContainText('Whole');
  await expect(eve.page.getByTestId('review-export-rows')).toContainText('1 row');
  await eve.page.getByTestId('export-source').click();
  await eve.page.getByRole('option', { name: 'Gateway' }).click();
  await expect(eve.page.getByTestId('review-export-rows')).toContainText('0 rows');
  await eve.page.getByTestId('export-source').click();
  await eve.page.getByRole('option', { name: 'Any' }).click();
  await expect(eve.page.getByTestId('review-export-rows')).toContainText('1 row:');
  await eve.page.getByTestId('review-write').click();
  const file = /\S+labels-\S+\.jsonl/.exec(await eve.page.getByTestId('review-exported').innerText())?.[0] ?? '';
  const record = JSON.parse(await readFile(file, 'utf8')) as { action: string; review: { status: string; reviewers: number } };
  expect(record).toMatchObject({ action: 'SEMANTIC_DIFF', review: { status: 'adjudicated', reviewers: 3 } });
  const { code, out } = await omniguard('eval', '--suite', file, '--model', 'nano-omniguard', '--no-baseline', '--json');
  expect(code).toBe(0);
  const report = JSON.parse(out) as { readonly [key: string]: unknown };
  expect(JSON.stringify(report)).toContain('nano-omniguard');

  // The command line reads the same store beside the running application.
  const audit = await omniguard('export', 'audit', '--verify', '--data', host.dataDir);
  expect(audit.code).toBe(0);
  expect(audit.out).toContain('The audit chain is whole');

  expect([...ada.problems, ...bob.problems, ...eve.problems]).toEqual([]);
  await Promise.all([ada, bob, eve].map((analyst) => analyst.page.context().close()));
});

for (const scheme of ['dark', 'light'] as const) {
  test(`has no serious accessibility problem, ${scheme}`, async ({ browser }) => {
    const { page, problems } = await sitDown(browser, host, `Axe ${scheme}`);
    await page.emulateMedia({ colorScheme: scheme });
    await page.getByTestId('review-states').click();
    await page.getByRole('option', { name: 'Everything' }).click();
    await page.getByTestId('review-row').first().click();
    await expect(page.getByTestId('review-evidence')).toBeVisible();
    await page.getByTestId('evidence-json').click();
    await expect(page.getByTestId('json-compare')).toBeVisible();
    for (const view of ['queue', 'agreement', 'recalibration', 'export']) {
      if (view !== 'queue') await page.getByTestId(`review-view-${view}`).click();
      expect([view, await seriousViolations(page)]).toEqual([view, []]);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });
}
