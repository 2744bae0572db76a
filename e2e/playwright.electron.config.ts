import { defineConfig } from '@playwright/test';

/** The same interface in Electron itself; skipped with its reason where no binary is installed. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.electron.ts',
  outputDir: '../test-results',
  timeout: 120_000,
  workers: 1,
  reporter: [['list']],
});
