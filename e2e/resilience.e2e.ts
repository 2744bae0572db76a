import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { modelManifestSchema } from '../src/contract/models.ts';
import { startHost } from './host.ts';

const models = join(import.meta.dirname, '../models');

test('a killed process loses no stored episode', async ({ page }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'omniguard-killed-'));
  try {
    const first = await startHost({ dataDir });
    await page.goto(first.url);
    await page.getByTestId('live-start').click();
    await expect.poll(() => page.getByTestId('decision-row').count()).toBeGreaterThan(8);
    await first.kill();
    await expect(page.getByTestId('connection-state')).not.toContainText(/^connected/i);

    const second = await startHost({ dataDir });
    await page.goto(second.url);
    await expect(page.getByTestId('status-store')).toContainText(/[1-9]\d* episodes?/);
    await page.getByTestId('live-next').click();
    await expect(page.getByTestId('lane-trained-action')).toBeVisible();
    await second.close();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('a truncated model file is named, and the page stays usable', async ({ page }) => {
  const modelsDir = await mkdtemp(join(tmpdir(), 'omniguard-models-'));
  try {
    const manifest = await readFile(join(models, 'manifest.json'), 'utf8');
    await writeFile(join(modelsDir, 'manifest.json'), manifest);
    const files = new Set(modelManifestSchema.parse(JSON.parse(manifest)).models.map(({ file }) => file));
    for (const file of files) await copyFile(join(models, file), join(modelsDir, file));
    await truncate(join(modelsDir, 'nano-omniguard.gguf'), 100_000);

    const host = await startHost({ modelsDir });
    await page.goto(host.url);
    await page.getByTestId('live-next').click();
    await expect(page.getByText(/nano-omniguard\.gguf/).first()).toBeVisible();
    await expect(page.getByTestId('connection-state')).toContainText(/connected/i);
    await host.close();
  } finally {
    await rm(modelsDir, { recursive: true, force: true });
  }
});

test('a second instance on the same data says so and still plays', async ({ page }) => {
  const first = await startHost();
  const second = await startHost({ dataDir: first.dataDir });
  try {
    await page.goto(second.url);
    await expect(page.getByTestId('status-store-problem')).toContainText(/another OmniGuard/i);
    await page.getByTestId('live-next').click();
    await expect(page.getByTestId('lane-trained-action')).toBeVisible();
  } finally {
    await second.close();
    await first.close();
  }
});
