import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../contract/models.ts';
import { benignRecord, maliciousRecord, temporaryFolder, type Folder } from '../../backend/datasets/testing/records.ts';
import type { EvaluationReport } from '../../contract/evaluationReport.ts';
import { CONTROL_TOKENS, PROMPT_VERSION } from '../../backend/inference/prompt/prompt.ts';
import { writeTinyModel } from '../../backend/inference/testing/tinyModel.ts';
import { runCommand } from '../testing/runCommand.ts';
import { refusalOf } from '../testing/runInProcess.ts';
import { register } from './eval.ts';

let folder: Folder;
let suite: string;

async function model(id: string, role: 'baseline' | 'trained', seed: number): Promise<ModelManifest['models'][number]> {
  const file = `${id}.gguf`;
  const bytes = await writeTinyModel(`${folder.path}/${file}`, { seed, controlTokens: CONTROL_TOKENS, contextLength: 2048 });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    id,
    role,
    tier: 'nano',
    architecture: 'llama',
    parameters: 1,
    file,
    bytes: bytes.length,
    sha256,
    licence: 'Apache-2.0',
    source: 'test',
    promptVersion: PROMPT_VERSION,
    calibration: null,
  } as ModelManifest['models'][number];
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const models = [await model('tiny-base', 'baseline', 1), await model('tiny-trained', 'trained', 2)];
  await folder.write('manifest.json', JSON.stringify({ version: 1, models }));
  const records = Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? benignRecord({ id: `b${i}` }) : maliciousRecord({ id: `m${i}` })));
  suite = await folder.write('suite.jsonl', records);
});
afterAll(() => folder.remove());

function evaluate(...flags: readonly string[]): ReturnType<typeof runCommand> {
  return runCommand('eval', '--models', folder.path, '--threads', '1', ...flags);
}

describe('eval', () => {
  it('prints JSON and nothing else, and writes the report', async () => {
    const out = `${folder.path}/report`;
    const { exitCode, stdout } = await evaluate('--suite', suite, '--model', 'tiny-trained', '--train', suite, '--json', '--out', out);
    expect(exitCode).toBe(0);
    const report = JSON.parse(stdout) as EvaluationReport;
    expect(report.suite).toMatchObject({ name: 'suite.jsonl', rows: 6, benign: 3, malicious: 3 });
    expect(report.model.name).toBe('tiny-trained');
    expect(report.baselines.map(({ name }) => name)).toEqual(['tiny-base', 'linear-raw', 'keywords', 'majority']);
    expect(report.model.metrics.decisionMs?.p50).toBeGreaterThan(0);
    expect(report.model.metrics.labelMass?.min).toBeGreaterThan(0);
    expect(JSON.parse(await readFile(`${out}/report.json`, 'utf8'))).toEqual(report);
    expect(await readFile(`${out}/report.md`, 'utf8')).toContain('# Evaluation');
    expect(await readFile(`${out}/reliability.svg`, 'utf8')).toContain('<svg');
  });

  it('prints a table of generated messages', async () => {
    const { exitCode, stdout } = await evaluate(
      '--suite',
      'bundled:test',
      '--count',
      '30',
      '--model',
      'tiny-base',
      '--no-baseline',
      '--train',
      suite,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Suite bundled:test: 30 messages');
    expect(stdout).toMatch(/^tiny-base +\d/m);
    expect(stdout).toMatch(/^keywords +\d/m);
  });

  it('answers a bad suite, an unknown model and a missing file with one line and exit code 2', async () => {
    const bad = await folder.write('bad.jsonl', [benignRecord(), { ...maliciousRecord(), kind: 'letter' }]);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--suite', bad, '--model', 'tiny-base'], /bad\.jsonl line 2: field "kind": /],
      [['--suite', suite, '--model', 'gpt'], /no decision model "gpt"; known are: tiny-base, tiny-trained/],
      [['--suite', suite, '--model', '../x'], /not a model id/],
      [['--suite', `${folder.path}/none.jsonl`, '--model', 'tiny-base'], /none\.jsonl: the file does not exist/],
    ];
    for (const [flags, wanted] of cases) {
      const { exitCode, message } = await refusalOf(register, 'eval', '--models', folder.path, '--threads', '1', ...flags);
      expect(message).toMatch(wanted);
      expect(message).not.toContain('\n');
      expect(exitCode).toBe(2);
    }
  });
});
