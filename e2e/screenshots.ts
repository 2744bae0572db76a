import { join } from 'node:path';
import { chromium, type Browser } from '@playwright/test';
import { findChromium } from '../src/cli/chromium.ts';
import { startHost } from './host.ts';

/** Takes the documentation's pictures of the Live page: real models, both sizes, both themes. */
const SIZES = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
] as const;
const target = join(import.meta.dirname, '../docs/images');

async function capture(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage({ viewport: SIZES[1], colorScheme: 'dark' });
  await page.goto(url);
  await page.getByTestId('live-start').click();
  await page.getByTestId('decision-row').nth(8).waitFor();
  await page.waitForTimeout(20_000);
  await page.getByTestId('live-pause').click();
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.waitForTimeout(1_000);
      await page.screenshot({ path: join(target, `live-${size.width}-${colorScheme}.png`) });
    }
  }
  await page.close();
}

const host = await startHost();
const executablePath = findChromium(process.env) ?? undefined;
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  await capture(browser, host.url);
} finally {
  await browser.close();
  await host.close();
}
