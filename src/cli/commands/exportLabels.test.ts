import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { label, openReviewBench, type ReviewBench } from '../../backend/review/testing/reviewBench.ts';
import type { ExportManifest } from '../../contract/review.ts';
import { refusalOf } from '../testing/runInProcess.ts';
import { registerAudit, registerLabels } from './exportLabels.ts';

let bench: ReviewBench;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-export-'));
  bench = openReviewBench();
  const ada = bench.analyst('Ada');
  for (let number = 0; number < 5; number++) bench.review.desk.submit(bench.item(number), ada, label('SEMANTIC_DIFF'));
});
afterEach(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

async function printed(...args: readonly string[]): Promise<string> {
  const program = new Command('omniguard').exitOverride();
  registerLabels(program);
  registerAudit(program);
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await program.parseAsync([...args, '--data', bench.dataDir], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return written.join('');
}

describe('export labels', () => {
  it('writes rows and manifest while the store is open elsewhere', async () => {
    const out = join(folder, 'deep', 'labels.jsonl');
    const manifest = JSON.parse(await printed('labels', '--format', 'jsonl', '--out', out, '--json')) as ExportManifest;
    expect(manifest).toMatchObject({ schema: 'omniguard-labels/1', rows: 5, format: 'jsonl' });
    expect((await readFile(out, 'utf8')).trim().split('\n')).toHaveLength(5);
    expect(JSON.parse(await readFile(`${out}.manifest.json`, 'utf8'))).toEqual(manifest);
    expect(await printed('labels', '--format', 'csv', '--out', join(folder, 'labels.csv'))).toContain('5 rows written');
    expect(await readFile(join(folder, 'labels.csv'), 'utf8')).toMatch(/^id,split,group,/);
  });

  it('takes a filter, and refuses names that cannot be', async () => {
    const out = join(folder, 'some.jsonl');
    const args = ['labels', '--format', 'jsonl', '--out', out, '--json'];
    expect(JSON.parse(await printed(...args, '--source', 'gateway'))).toMatchObject({ rows: 0, excluded: { filtered: 5 } });
    const filter = { sources: ['live'], causes: ['models_disagree'], model: 'nano-base', family: 'argument_hijack' };
    const chosen = ['--source', 'live', '--cause', 'models_disagree', '--model', 'nano-base', '--family', 'argument_hijack'];
    expect(JSON.parse(await printed(...args, ...chosen))).toMatchObject({ rows: 5, filter });
    const bad = await refusalOf(registerLabels, ...args, '--data', bench.dataDir, '--model', 'No Model!');
    expect(bad).toMatchObject({ exitCode: 2, message: expect.stringContaining('model') as string });
  });

  it('refuses unknown formats and folders without a store', async () => {
    expect(await refusalOf(registerLabels, 'labels', '--format', 'xml', '--out', 'x')).toMatchObject({ exitCode: 2 });
    const away = await refusalOf(registerLabels, 'labels', '--format', 'csv', '--out', 'x', '--data', join(folder, 'none'));
    expect(away).toMatchObject({ exitCode: 2, message: expect.stringContaining('no store') as string });
  });
});

describe('export audit', () => {
  it('proves the chain, and fails when it was tampered with', async () => {
    expect(await printed('audit', '--verify')).toMatch(/^The audit chain is whole: 11 events, newest link [0-9a-f]{64}\.\n$/);
    bench.database.db.exec('DROP TRIGGER review_audit_loses_nothing; DELETE FROM review_audit WHERE seq = 4');
    expect(await refusalOf(registerAudit, 'audit', '--verify', '--data', bench.dataDir)).toEqual({
      exitCode: 1,
      message: 'The audit chain is broken at event 5: the event after 3 is missing.',
    });
  });
});
