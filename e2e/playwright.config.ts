import { defineConfig } from '@playwright/test';
import { findChromium } from '../src/cli/chromium.ts';

const executablePath = findChromium(process.env);

/** Drives the real loopback host, with the real models, in a real browser. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  outputDir: '../test-results',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 1,
  // A shared machine may stall anything for seconds; a test that passes only the second time is reported as flaky.
  retries: process.env['CI'] === undefined ? 0 : 1,
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 720 },
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      // Containers give /dev/shm little room and often run as root.
      args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    },
    trace: 'retain-on-failure',
  },
});
