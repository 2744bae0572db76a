import AxeBuilder from '@axe-core/playwright';
import { expect, type Browser, type Page } from '@playwright/test';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { RunningHost } from './host.ts';

const ROOT = join(import.meta.dirname, '..');

/** The console's errors and the page's violations of its own policy; grows while the page lives. */
export function collectProblems(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return problems;
}

/** Opens the product at a place of its own, e.g. `#/replays`, and waits until it talks to its backend. */
export async function open(page: Page, host: RunningHost, hash = ''): Promise<void> {
  await page.goto(`${host.url}${hash}`);
  await expect(page.getByTestId('connection-state')).toContainText(/connected/i);
}

/** On the Review page: a new profile, made and chosen by keyboard. */
export async function becomeAnalyst(page: Page, name: string): Promise<void> {
  await page.getByTestId('review-new-name').fill(name);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('review-analyst')).toHaveText(name);
}

export interface SeatedAnalyst {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** A browser of its own, as another analyst's on the same machine. */
export async function sitDown(browser: Browser, host: RunningHost, name: string, hash = '#/review'): Promise<SeatedAnalyst> {
  const page = await (await browser.newContext()).newPage();
  const problems = collectProblems(page);
  await open(page, host, hash);
  await becomeAnalyst(page, name);
  return { page, problems };
}

/** Plays on from where the comparison stands, as fast as the models answer, until its first episode is over; then pauses. */
export async function playFirstEpisode(page: Page): Promise<void> {
  await page.getByTestId('scope-speed').click();
  await page.getByRole('option', { name: 'Maximum' }).click();
  await page.getByTestId('live-start').click();
  await expect(page.getByTestId('live-episode')).toHaveText(/^([2-9]|\d\d+)$/, { timeout: 90_000 });
  await page.getByTestId('live-pause').click();
  await expect(page.getByTestId('live-state')).toHaveText('Paused');
}

/** What the scrub bar says of the playhead, e.g. `Tick 12 of 16, baseline BLOCK, trained ALLOW`. */
export function scrubText(page: Page): Promise<string | null> {
  return page.getByTestId('scrub-bar').getAttribute('aria-valuetext');
}

/** The worst accessibility problems of what is on the screen, each with its rule and an element. */
export async function seriousViolations(page: Page): Promise<readonly unknown[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes[0]?.html]);
}

/** Runs the command line in a process of its own. */
export function omniguard(...words: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['src/cli/omniguard.ts', ...words], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
  });
}
