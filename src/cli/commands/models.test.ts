import { spawn } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../contract/actions.ts';
import { modelManifestSchema, type ModelStatus } from '../../contract/models.ts';
import { DECISION_LAYOUT } from '../../backend/inference/inferenceService.ts';
import layout from '../../backend/inference/prompt/layout.json' with { type: 'json' };
import { makeModelDirectory, manifestEntry, type ModelDirectory } from '../../backend/inference/testing/modelDirectory.ts';
import { encodeTinyModel } from '../../backend/inference/testing/tinyModel.ts';

const ENTRY = join(import.meta.dirname, '../omniguard.ts');
const BYTES = encodeTinyModel({ controlTokens: layout.controlTokens, labels: DECISION_LAYOUT.labels });

let models: ModelDirectory;

beforeEach(async () => {
  models = await makeModelDirectory([{ entry: manifestEntry('tiny', BYTES, { promptVersion: layout.version }), bytes: BYTES }]);
});
afterEach(() => models.remove());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, 'models', ...words, '--models', models.path], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (ended.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (ended.err += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...ended }));
  });
}

describe('models', () => {
  it('lists and verifies sound models', async () => {
    expect(await run('list')).toMatchObject({ code: 0, err: '' });
    const { code, out } = await run('verify', '--json');
    const statuses = JSON.parse(out) as ModelStatus[];
    expect([code, statuses.map(({ entry, problem }) => [entry.id, problem])]).toEqual([0, [['tiny', null]]]);
  });

  it('verify fails when a file is not what the manifest says, and says which', async () => {
    await truncate(join(models.path, 'tiny.gguf'), 1_000);
    const { code, out } = await run('verify');
    expect(code).toBe(1);
    expect(out).toContain('tiny.gguf of tiny has 1000 bytes');
  });

  it('calibrates on rows of the dataset command', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ id: `row ${index}`, body: `message ${index}`, fitting: ACTIONS[index % 6] }));
    const file = join(models.path, 'rows.jsonl');
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const { code, out, err } = await run('calibrate', 'tiny', '--rows', file, '--fitted-on', 'thirty rows');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^tiny: temperature \d+\.\d+ from 30 rows; ECE/);
    const manifest = modelManifestSchema.parse(JSON.parse(await readFile(join(models.path, 'manifest.json'), 'utf8')));
    expect(manifest.models[0]?.calibration).toMatchObject({ rows: 30, fittedOn: 'thirty rows', bias: [0, 0, 0, 0, 0, 0] });
  });

  it('calibrates the critic with an embedder on edit pairs', async () => {
    await models.remove();
    models = await makeModelDirectory([{ entry: manifestEntry('tiny', BYTES, { role: 'embedder' }), bytes: BYTES }]);
    const pairs = Array.from({ length: 20 }, (_, index) => ({
      id: `pair ${index}`,
      reference: `tool ${index}`,
      candidate: `note ${index}`,
      label: index % 2 === 0 ? 'benign' : 'malicious',
      lexical: index % 2,
      structural: 0,
    }));
    const file = join(models.path, 'pairs.jsonl');
    await writeFile(file, pairs.map((pair) => JSON.stringify(pair)).join('\n'));
    const { code, out, err } = await run('calibrate', 'tiny', '--rows', file, '--fpr', '0.1', '--fitted-on', 'twenty edits');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^tiny: drift threshold 0\.\d+, weights .* from 20 edits; recall 1\.0000 at false-positive rate 0\.[01]000/);
    const manifest = modelManifestSchema.parse(JSON.parse(await readFile(join(models.path, 'manifest.json'), 'utf8')));
    expect(manifest.models[0]?.criticCalibration).toMatchObject({ rows: 20, fittedOn: 'twenty edits', fprTarget: 0.1 });
    expect((await run('list')).out).toContain('drift 0.');
    expect(await run('calibrate', 'tiny', '--rows', file, '--fpr', '2')).toMatchObject({ code: 2 });
  });

  it('refuses bad input with one clear line', async () => {
    const file = join(models.path, 'rows.jsonl');
    await writeFile(file, '{"body":"a","fitting":"ALLOW"}\n{"body":"a","fitting":"PERHAPS"}\n');
    const bad = await run('calibrate', 'tiny', '--rows', file);
    expect([bad.code, bad.out]).toEqual([2, '']);
    expect(bad.err).toMatch(/rows\.jsonl line 2: field "fitting".*\n$/);
    expect(await run('calibrate', 'nobody', '--rows', file)).toMatchObject({
      code: 2,
      err: 'There is no model nobody; known models are tiny.\n',
    });
    expect(await run('calibrate', 'No such id!', '--rows', file)).toMatchObject({ code: 2 });
  });
});
