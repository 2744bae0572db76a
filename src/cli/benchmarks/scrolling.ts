import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from '@playwright/test';
import { fillLibrary } from '../../backend/benchmarks/library.ts';
import type { BenchmarkFigure, BenchmarkReport } from '../../backend/benchmarks/report.ts';
import { fillReviewQueue } from '../../backend/benchmarks/review.ts';
import { percentile } from '../../backend/benchmarks/timing.ts';
import { openDatabase } from '../../backend/store/openDatabase.ts';
import { SqliteEpisodeStore } from '../../backend/store/sqliteEpisodeStore.ts';
import { openHostedPage } from './hostedPage.ts';

export interface ScrollingOptions {
  /** Episodes of five messages and two lanes each. */
  readonly episodes?: number;
  /** Items of the review queue. */
  readonly items?: number;
  /** Decisions on the Live page before its table is scrolled. */
  readonly decisions?: number;
  /** Seconds of scrolling in each list. */
  readonly seconds?: number;
}

const WINDOW = { width: 1_280, height: 720 } as const;
const MESSAGES = 5;
/** Three rows of the library in every frame: far more than anybody reads. */
const PIXELS_A_FRAME = 84;
const WANTED_PER_SECOND = 50;
/** For what the page shows next, on a machine that is busy. */
const WAIT_MS = 5 * 60_000;

interface Scrolled {
  /** Milliseconds from each frame to the next. */
  readonly frames: readonly number[];
  /** Frames with nothing drawn at the lower edge of the list. */
  readonly empty: number;
  /** Frames that stood still at the end of what was loaded while there was more. */
  readonly waited: number;
  /** Milliseconds of work on the page's main thread for each frame, on average. */
  readonly work: number;
}

/**
 * Fills a data folder with a million decisions, 100,000 episodes and 20,000 review items, serves it by the real host, and
 * scrolls the library, the decision table and the review queue in a real Chromium, frame by frame, without a pause. The peer
 * is the same scrolling over a bare block of the same page, which costs the page nothing.
 * @throws CliError without a Chromium
 */
export async function benchmarkScrolling(options: ScrollingOptions = {}): Promise<BenchmarkReport> {
  const { episodes = 100_000, items = 20_000, decisions = 600, seconds = 10 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'omniguard-bench-scrolling-'));
  try {
    await fill(folder, episodes, items);
    const hosted = await openHostedPage({ dataDir: folder });
    try {
      const page = await hosted.browser.newPage({ viewport: WINDOW });
      page.setDefaultTimeout(WAIT_MS);
      await page.goto(`${hosted.url}#/replays`);
      await page.getByTestId('library-row').first().waitFor();
      const library = await scroll(page, '[data-testid="library-table"]', '[role="row"]', seconds);
      const bare = await scrollBareBlock(page, seconds);
      await goTo(page, 'review');
      await page.getByTestId('review-profile').first().click();
      await page.getByTestId('review-states').click();
      await page.getByRole('option', { name: 'Everything' }).click();
      await page.getByTestId('review-row').first().waitFor();
      const queue = await scroll(page, '[data-testid="review-queue"] [role="grid"]', '[role="row"]', seconds);
      await goTo(page, 'live');
      await play(page, decisions);
      const table = await scroll(page, '[data-testid="decision-table"]', '[role="row"]', seconds);
      return report({ library, table, queue, bare }, `${episodes * MESSAGES * 2} decisions of ${episodes} episodes, ${items} review items`);
    } finally {
      await hosted.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(dataDir: string, episodes: number, items: number): Promise<void> {
  const database = openDatabase(dataDir);
  try {
    fillLibrary(database, { episodes, messages: MESSAGES });
    // Indexes what was inserted plainly, which the host would do when it starts.
    new SqliteEpisodeStore(database);
    await fillReviewQueue(database, items);
  } finally {
    database.close();
  }
}

function goTo(page: Page, name: string): Promise<void> {
  return page.evaluate(`location.hash = '#/${name}'`);
}

/** Plays until the table has so many decisions, and then rests at its beginning. */
async function play(page: Page, decisions: number): Promise<void> {
  await page.getByTestId('scope-speed').click();
  await page.getByRole('option', { name: 'Maximum' }).click();
  await page.getByTestId('live-start').click();
  const table = page.getByTestId('decision-table');
  // The page's policy forbids what `waitForFunction` does.
  while (Number(await table.getAttribute('aria-rowcount')) <= decisions / 2) await page.waitForTimeout(250);
  await page.getByTestId('live-pause').click();
  await page.getByTestId('decision-row').first().click();
  await page.keyboard.press('Home');
  await page.evaluate(`document.querySelector('[data-testid="decision-table"]').scrollTop = 0`);
}

/** Runs in the page, as text because this file is checked without the types of a browser. */
const SCROLL = `async ({ list, row, pixels, milliseconds }) => {
  const grid = document.querySelector(list);
  const frames = [];
  let empty = 0;
  let waited = 0;
  let direction = 1;
  const drawn = () => {
    const box = grid.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + box.width / 2, box.bottom - 6);
    return at !== null && at.closest(row) !== null;
  };
  const more = () => {
    if (row === null) return false;
    const shown = [...grid.querySelectorAll(row)].map((each) => Number(each.getAttribute('aria-rowindex')));
    return Math.max(...shown) < Number(grid.getAttribute('aria-rowcount'));
  };
  await new Promise((resolve) => {
    let last = null;
    let end = null;
    const step = (now) => {
      if (last !== null) frames.push(now - last);
      last = now;
      end ??= now + milliseconds;
      if (now >= end) return resolve();
      if (row !== null && !drawn()) empty += 1;
      const before = grid.scrollTop;
      grid.scrollTop = before + direction * pixels;
      if (grid.scrollTop === before) {
        if (direction === 1 && more()) waited += 1;
        else direction = -direction;
      }
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  return { frames, empty, waited };
}`;

async function scroll(page: Page, list: string, row: string | null, seconds: number): Promise<Scrolled> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'timeTicks' });
  const before = await busySeconds(session);
  const question = JSON.stringify({ list, row, pixels: PIXELS_A_FRAME, milliseconds: seconds * 1_000 });
  const found = await page.evaluate<Omit<Scrolled, 'work'>>(`(${SCROLL})(${question})`);
  const work = ((await busySeconds(session)) - before) * 1_000;
  await session.detach();
  return { ...found, work: work / found.frames.length };
}

async function scrollBareBlock(page: Page, seconds: number): Promise<Scrolled> {
  await page.evaluate(`{
    const block = document.body.appendChild(document.createElement('div'));
    block.id = 'bare-block';
    block.style.cssText = 'position:fixed;inset:100px;overflow:auto;z-index:9';
    block.appendChild(document.createElement('div')).style.cssText = 'height:10000000px';
  }`);
  const scrolled = await scroll(page, '#bare-block', null, seconds);
  await page.evaluate(`document.getElementById('bare-block').remove()`);
  return scrolled;
}

async function busySeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}

function report(lists: { readonly [L in 'library' | 'table' | 'queue' | 'bare']: Scrolled }, filled: string): BenchmarkReport {
  const names = { library: 'library', table: 'decision table', queue: 'review queue', bare: 'bare block' } as const;
  const rate = ({ frames }: Scrolled): number => frames.length / (frames.reduce((sum, frame) => sum + frame, 0) / 1_000);
  const at = ({ frames }: Scrolled, share: number): number =>
    percentile(
      frames.toSorted((a, b) => a - b),
      share,
    );
  const figures = (['library', 'table', 'queue', 'bare'] as const).flatMap((list): readonly BenchmarkFigure[] => {
    const [name, scrolled] = [names[list], lists[list]];
    return [
      {
        name: `${name}, frames`,
        value: rate(scrolled),
        unit: '1/s',
        note:
          list === 'bare'
            ? 'The same scrolling of an empty block: what this machine gives at best just now.'
            : `Of ${scrolled.frames.length} frames; ${scrolled.empty} with nothing at the lower edge, ${scrolled.waited} at the end of what was loaded. At least ${WANTED_PER_SECOND} are wanted.`,
      },
      { name: `${name}, frame p50`, value: at(scrolled, 0.5), unit: 'ms' },
      { name: `${name}, frame p95`, value: at(scrolled, 0.95), unit: 'ms' },
      { name: `${name}, work a frame`, value: scrolled.work, unit: 'ms', note: 'Main thread of the page, mean.' },
    ];
  });
  const slowest = (['library', 'table', 'queue'] as const).reduce((least, list) => (rate(lists[list]) < rate(lists[least]) ? list : least));
  return {
    name: `scrolling: ${filled}, ${PIXELS_A_FRAME} pixels a frame`,
    figures,
    ratio: {
      name: 'slowest list / bare block',
      ours: `${names[slowest]}, frames`,
      peer: 'bare block, frames',
      value: rate(lists[slowest]) / rate(lists.bare),
    },
  };
}
