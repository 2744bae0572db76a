import { expect, test, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import type { Action } from '../src/contract/actions.ts';
import type { EvaluationReport } from '../src/contract/evaluationReport.ts';
import { BINDINGS } from '../src/renderer/app/keys/catalogue.ts';
import { actionSchema } from '../src/contract/schemas.ts';
import { ACTION_NAMES, percent, words } from '../src/renderer/lib/format.ts';
import { startHost, type RunningHost } from './host.ts';
import { becomeAnalyst, collectProblems, open, playFirstEpisode, scrubText, sitDown } from './steps.ts';

/** The lanes differ on several messages of this comparison's first episode, whichever way the models were calibrated. */
const SEED = '2';

let host: RunningHost;

test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

/** Without a reason that says otherwise, whatever is not let through counts as an attack. */
function truthOf(action: Action): 'benign' | 'malicious' {
  return action === 'ALLOW' ? 'benign' : 'malicious';
}

interface Disagreement {
  readonly tick: number;
  readonly baseline: Action;
  readonly trained: Action;
}

/** The disagreement at the playhead, as the scrub bar tells it. */
async function disagreementHere(page: Page): Promise<Disagreement> {
  await expect.poll(() => scrubText(page)).toMatch(/^Tick \d+ of \d+, baseline [A-Z_]+, trained [A-Z_]+$/);
  const [tick = '', , baseline, trained] = (await scrubText(page))?.match(/\d+|[A-Z_]{4,}/g) ?? [];
  return { tick: Number(tick), baseline: actionSchema.parse(baseline), trained: actionSchema.parse(trained) };
}

/** Sends the message at the playhead to review. @returns the address of its item */
async function sendToReview(page: Page): Promise<string> {
  await page.getByTestId('replay-send').click();
  const notice = page.getByTestId('replay-notice');
  await expect(notice).toContainText('review queue');
  return (await notice.getByRole('link', { name: 'Open it' }).getAttribute('href')) ?? '';
}

/** Labels the open item by keyboard alone. @returns when the page says so */
async function label(page: Page, action: Action, said: string, { flag = false } = {}): Promise<void> {
  await expect(page.getByTestId('review-form')).toBeVisible();
  if (flag) {
    await page.keyboard.press('f');
    await expect(page.getByTestId('review-said')).toContainText('Flagged');
  }
  await page.keyboard.press(BINDINGS[`review.${action}`].keys[0]);
  await expect(page.getByTestId('review-saving')).toHaveText('Draft saved');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('review-said')).toContainText(said);
}

test('from a played episode to an evaluation on what analysts decided about it', async ({ browser, page }) => {
  test.setTimeout(300_000);
  const problems = collectProblems(page);

  // Play: the real models meet the episode of this seed, and disagree.
  await open(page, host);
  await page.getByTestId('scope-seed').fill(SEED);
  await page.keyboard.press('Enter');
  await playFirstEpisode(page);
  await page.getByTestId('filter-disagreements').click();
  await expect(page.getByTestId('decision-row').first()).toBeVisible();

  // Replay: scrub to the first disagreement and to the last, and send both messages to review.
  await page.getByRole('link', { name: 'Replays' }).click();
  await page.getByTestId('library-row').last().getByRole('link').click();
  await expect(page.getByTestId('scrub-bar')).toBeVisible();
  await page.keyboard.press('Home');
  await expect.poll(() => scrubText(page)).toContain('before the first message');
  await page.keyboard.press('d');
  const first = await disagreementHere(page);
  expect(first.trained).not.toBe(first.baseline);
  await expect(page.getByTestId('difference-gutter').getByTitle('The lanes chose different actions')).toBeVisible();
  for (const lane of ['baseline', 'trained'] as const) {
    await expect(page.getByTestId(`replay-${lane}`).getByTestId(`lane-${lane}-action`)).toHaveText(words(first[lane]));
  }
  const disputed = await sendToReview(page);
  await page.getByTestId('replay-notice').getByRole('button', { name: 'Dismiss' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('a');
  const last = await disagreementHere(page);
  expect(last.trained).not.toBe(last.baseline);
  expect(last.tick).toBeGreaterThan(first.tick);
  const agreed = await sendToReview(page);

  // Label: on the one message Ada sides with the baseline and Bob with the trained model; on the other both with the baseline.
  await page.getByTestId('replay-notice').getByRole('link').click();
  await becomeAnalyst(page, 'Ada');
  await label(page, last.baseline, 'Submitted.', { flag: true });
  await open(page, host, disputed);
  await label(page, first.baseline, 'Submitted.', { flag: true });
  const bob = await sitDown(browser, host, 'Bob', disputed);
  await expect(bob.page.getByTestId('review-hidden')).toBeVisible();
  await label(bob.page, first.trained, 'waits for adjudication');
  await open(bob.page, host, agreed);
  await label(bob.page, last.baseline, 'Submitted.');

  // Adjudicate: Eve weighs two nameless labels, and only then learns who gave them.
  const eve = await sitDown(browser, host, 'Eve', disputed);
  const labels = eve.page.getByTestId('review-labels');
  await expect(labels.getByRole('listitem')).toHaveCount(2);
  await expect(labels).not.toContainText(/Ada|Bob/);
  await label(eve.page, first.trained, 'Adjudicated.');
  await open(eve.page, host, disputed);
  await expect(eve.page.getByTestId('review-decided')).toContainText(`Decided: ${ACTION_NAMES[first.trained]}. 2 labels.`);
  await expect(eve.page.getByTestId('review-truth')).toContainText(/Simulation: (benign|malicious)/);
  await expect(labels).toContainText(/Ada.*Bob.*You, adjudication/);

  // Audit: the item's whole way, link by link, and the chain that holds it.
  await eve.page.getByRole('tab', { name: 'History' }).click();
  await expect(eve.page.getByTestId('review-history').getByRole('listitem')).toHaveText([
    /^created/,
    /^flagged ?Ada/,
    new RegExp(`^first choice ?Ada.*${ACTION_NAMES[first.baseline]}`),
    new RegExp(`^label ?Ada.*${ACTION_NAMES[first.baseline]}`),
    new RegExp(`^first choice ?Bob.*${ACTION_NAMES[first.trained]}`),
    new RegExp(`^label ?Bob.*${ACTION_NAMES[first.trained]}`),
    new RegExp(`^adjudication ?Eve.*${ACTION_NAMES[first.trained]}`),
  ]);
  await eve.page.getByTestId('review-view-export').click();
  await eve.page.getByTestId('review-verify').click();
  await expect(eve.page.getByTestId('review-verified')).toContainText('Whole');

  // Export: what is unanimous or adjudicated, as a suite.
  await expect(eve.page.getByTestId('review-export-rows')).toContainText('2 rows');
  await eve.page.getByTestId('review-write').click();
  const file = /\S+labels-\S+\.jsonl/.exec(await eve.page.getByTestId('review-exported').innerText())?.[0] ?? '';
  const records = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(records).toHaveLength(2);
  expect(records).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        label: truthOf(first.trained),
        action: first.trained,
        review: expect.objectContaining({ status: 'adjudicated', reviewers: 3 }),
      }),
      expect.objectContaining({
        label: truthOf(last.baseline),
        action: last.baseline,
        review: expect.objectContaining({ status: 'submitted', reviewers: 2 }),
      }),
    ]),
  );

  // Evaluate: on what was decided, with the figures of the report on the screen. A suite's message has no past, so the model may decide anew.
  await eve.page.getByRole('link', { name: 'Evaluation' }).click();
  await eve.page.getByTestId('evaluation-source').click();
  await eve.page.getByRole('option', { name: 'Own suite' }).click();
  await eve.page.getByTestId('evaluation-file').setInputFiles(file);
  await eve.page.getByTestId('evaluation-start').click();
  await expect(eve.page.getByTestId('evaluation-title')).toContainText(/^nano-omniguard on .*labels-/, { timeout: 120_000 });
  const summary = eve.page.getByTestId('evaluation-summary');
  const systems = eve.page.getByTestId('evaluation-systems');
  await expect(systems.getByRole('row', { name: /^linear-body/ })).toBeVisible();
  const [download] = await Promise.all([eve.page.waitForEvent('download'), eve.page.getByTestId('evaluation-export-json').click()]);
  const { suite, model } = JSON.parse(await readFile(await download.path(), 'utf8')) as EvaluationReport;
  expect(suite).toMatchObject({ rows: 2, malicious: [first.trained, last.baseline].filter((action) => action !== 'ALLOW').length });
  const { recall, falsePositiveRate, acceptableAccuracy } = model.metrics;
  expect(acceptableAccuracy?.trials).toBe(2);
  const shown = { Recall: recall, 'False-positive rate': falsePositiveRate, 'Acceptable action': acceptableAccuracy };
  for (const [name, rate] of Object.entries(shown)) {
    const card = summary.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) });
    await expect(card.locator('xpath=following-sibling::dd[1]')).toHaveText(percent(rate?.rate ?? null));
  }

  expect([...problems, ...bob.problems, ...eve.problems]).toEqual([]);
  await Promise.all([bob, eve].map((analyst) => analyst.page.context().close()));
});
