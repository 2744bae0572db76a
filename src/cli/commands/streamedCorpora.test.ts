import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingRowSchema, type TrainingRow } from '../../backend/datasets/trainingRow.ts';
import { CORPUS_SOURCES } from '../../backend/corpora/hub/corpusSources.ts';
import { fenrirRows, jsonLines, nistRows, parquetOf, witfooRows } from '../../backend/corpora/hub/testing/corpusRows.ts';
import { putRepository, startFakeHub, type FakeHub } from '../../backend/corpora/hub/testing/fakeHub.ts';
import { withCorpora } from '../corpora.ts';
import { runCommand, type CommandResult } from '../testing/runCommand.ts';
import { refusalOf } from '../testing/runInProcess.ts';
import { register } from './corpus.ts';
import { register as registerDataset } from './dataset.ts';

let hub: FakeHub;
let data: string;

beforeAll(async () => {
  hub = await startFakeHub();
  data = await mkdtemp(join(tmpdir(), 'corpus-command-'));
  putRepository(hub, CORPUS_SOURCES.witfoo.repository, { 'signals/signals.parquet': parquetOf(witfooRows(1_500), { groupRows: 500 }) });
  putRepository(hub, CORPUS_SOURCES.fenrir.repository, { 'data.jsonl': jsonLines(fenrirRows(800)) });
  putRepository(hub, CORPUS_SOURCES.nist.repository, { 'train.jsonl': jsonLines(nistRows(400)) });
  process.env['HF_ENDPOINT'] = hub.url;
  await withCorpora(data, async (corpora) => {
    for (const id of ['witfoo', 'nist'] as const) {
      await corpora.start({ id });
      await corpora.ended(id);
    }
  });
});
afterAll(async () => {
  delete process.env['HF_ENDPOINT'];
  await hub.close();
  await rm(data, { recursive: true });
});

const corpus = (...args: readonly string[]): Promise<CommandResult> => runCommand('corpus', ...args, '--data', data);

async function rowsOf(file: string): Promise<TrainingRow[]> {
  return (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => trainingRowSchema.parse(JSON.parse(line)));
}

/** Each command is a process of its own. */
const SLOW = { timeout: 120_000 };

describe('corpus pull and status', SLOW, () => {
  it('pulls the rows wanted, goes on from there, and tells what is cached', async () => {
    const first = await corpus('pull', 'fenrir', '--rows', '300', '--json');
    expect(first.stderr).toBe('');
    expect(JSON.parse(first.stdout)).toMatchObject({ id: 'fenrir', state: 'done', rows: 300, used: 300 });
    expect((await corpus('pull', 'fenrir')).stdout).toMatch(/^fenrir: done, 800 of 800 rows, 800 used, \d+\.\d MB cached\n$/);
    expect(await corpus('pull', 'witfoo')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1500 of 1500 rows, 1350 used') as string,
    });
    expect(await corpus('pull', 'nist')).toMatchObject({ exitCode: 0 });
    const { stdout } = await corpus('status');
    expect(stdout).toContain(`${CORPUS_SOURCES.nist.repository} at `);
    expect(stdout).toMatch(/cache: \d+\.\d MB of at most 2000\.0 MB/);
  });

  it('ends with one clear sentence when the Hub refuses', async () => {
    hub.faults = () => ({ kind: 'status', status: 403, headers: { 'x-error-code': 'GatedRepo' } });
    const fresh = await mkdtemp(join(tmpdir(), 'corpus-gated-'));
    const { exitCode, stderr } = await runCommand('corpus', 'pull', 'nist', '--data', fresh);
    hub.faults = () => null;
    await rm(fresh, { recursive: true });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Access to ethanolivertroy\/nist-cybersecurity-training .+ accept its terms .+\n$/);
  });

  it.each([
    ['pull', 'other'],
    ['pull', 'nist', '--rows', '0'],
  ])('refuses %s %s', async (...args) => {
    expect((await refusalOf(register, 'corpus', ...args)).exitCode).toBe(2);
  });
});

describe('dataset from streamed rows', SLOW, () => {
  it('writes rows of one corpus, offline from the cache', async () => {
    const out = join(data, 'fenrir.jsonl');
    hub.faults = () => ({ kind: 'reset' });
    const { exitCode, stderr } = await runCommand(
      'dataset',
      '--corpus',
      'fenrir',
      '--count',
      '90',
      '--seed',
      '3',
      '--data',
      data,
      '--out',
      out,
    );
    hub.faults = () => null;
    expect(stderr).toContain('generated 0, witfoo 0, fenrir 90, nist 0');
    expect(exitCode).toBe(0);
    const rows = await rowsOf(out);
    expect(rows).toHaveLength(90);
    expect(rows.every(({ group }) => group.startsWith('fenrir:'))).toBe(true);
    const malicious = rows.filter(({ label }) => label === 'malicious').length;
    expect(malicious).toBeGreaterThan(9);
    expect(malicious).toBeLessThan(81);
    expect(rows.some(({ body }) => body.includes('How should the team of the'))).toBe(true);
  });

  it('writes a mix in its shares', async () => {
    const [mix, out] = [join(data, 'shares.json'), join(data, 'mix.jsonl')];
    await writeFile(mix, JSON.stringify({ version: 1, shares: { generated: 0.4, witfoo: 0.3, fenrir: 0.2, nist: 0.1 }, rows: 1_000 }));
    const { exitCode, stderr } = await runCommand('dataset', '--mix', mix, '--count', '80', '--data', data, '--out', out);
    expect(stderr).toContain('generated 32, witfoo 24, fenrir 16, nist 8');
    expect(exitCode).toBe(0);
    expect((await rowsOf(out)).filter(({ group }) => group.startsWith('witfoo:'))).toHaveLength(24);
  });

  it('says which corpus has to be pulled first, and what is wrong with a mix', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'corpus-empty-'));
    const out = join(data, 'none.jsonl');
    const { exitCode, stderr } = await runCommand('dataset', '--corpus', 'witfoo', '--count', '5', '--data', empty, '--out', out);
    await rm(empty, { recursive: true });
    expect([exitCode, stderr]).toEqual([1, 'No rows of WitFoo Precinct 6 are cached: run "npm run -s corpus -- pull witfoo" first.\n']);
    const bad = join(data, 'bad.json');
    await writeFile(bad, '{"version":1,"shares":{"generated":2,"witfoo":0,"fenrir":0,"nist":0}}');
    expect(await refusalOf(registerDataset, 'dataset', '--mix', bad, '--out', out)).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('field "shares.generated"') as string,
    });
  });
});
