import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importEpisodeFile } from '../../backend/replays/episodeFile.ts';
import { openEpisodeStore, type SqliteEpisodeStore } from '../../backend/store/sqliteEpisodeStore.ts';
import { episodeId, episodeRecord, stepRecord } from '../../backend/testing/fixtures.ts';
import { refusalOf } from '../testing/runInProcess.ts';
import { register } from './export.ts';

let folder: string;
let store: SqliteEpisodeStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-export-'));
  store = openEpisodeStore(join(folder, 'data'));
  for (let number = 0; number < 3; number++) {
    store.begin(episodeRecord(number));
    for (let position = 0; position < 2; position++) {
      store.append(stepRecord(episodeId(number), 'baseline', position, number === 1 ? { verdict: 'FN' } : {}));
      store.append(stepRecord(episodeId(number), 'trained', position));
    }
    store.finish(episodeId(number), '2026-01-01T00:01:00.000Z', { baseline: 0, trained: 1 });
  }
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

async function printed(...args: readonly string[]): Promise<string> {
  const program = new Command('omniguard').exitOverride();
  register(program);
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await program.parseAsync(['export', ...args, '--data', join(folder, 'data')], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return written.join('');
}

describe('export episodes', () => {
  it('writes a file that another store imports, while the store is open elsewhere', async () => {
    const out = join(folder, 'episodes.jsonl');
    expect(JSON.parse(await printed('episodes', '--format', 'jsonl', '--out', out, '--json'))).toMatchObject({
      episodes: 3,
      decisions: 12,
    });
    const there = openEpisodeStore(join(folder, 'there'));
    expect(await importEpisodeFile(there, out)).toMatchObject({ imported: 3 });
    expect(there.recording(episodeId(2))).toEqual(store.recording(episodeId(2)));
    there.close();
  });

  it('writes a row for each decision and only what passes the filter', async () => {
    const out = join(folder, 'episodes.csv');
    expect(await printed('episodes', '--format', 'csv', '--out', out, '--outcome', 'breach')).toContain('1 episodes with 4 decisions');
    const rows = (await readFile(out, 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatch(/^episode,started_at,seed,.*,new_tokens$/);
    expect(rows.every((row) => row.split(',').length === rows[0]?.split(',').length)).toBe(true);
    expect(rows[1]).toContain(`${episodeId(1)},2026-01-01T00:00:01.000Z,4294967294,bootstrapping,test,baseline,nano-base,0,result,weather`);
  });

  it('refuses what it cannot do with one sentence, and leaves no half file', async () => {
    const data = join(folder, 'data');
    const refused = (...args: readonly string[]) => refusalOf(register, 'export', ...args);
    expect(await refused('episodes', '--format', 'csv', '--out', join(folder, 'x'), '--data', join(folder, 'none'))).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('no store') as string,
    });
    expect(await refused('episodes', '--format', 'csv', '--out', join(folder, 'no', 'x'), '--data', data)).toMatchObject({ exitCode: 1 });
    expect(await readdir(folder)).toEqual(['data']);
  });
});
