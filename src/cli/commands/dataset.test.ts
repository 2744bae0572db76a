import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benignRecord, maliciousRecord, temporaryFolder, type Folder } from '../../backend/datasets/testing/records.ts';
import { runCommand } from '../testing/runCommand.ts';
import { refusalOf } from '../testing/runInProcess.ts';
import { register } from './dataset.ts';

let folder: Folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

describe('dataset', () => {
  it('writes rows of a suite, its report on stderr alone', async () => {
    const suite = await folder.write('suite.jsonl', [benignRecord(), maliciousRecord(), benignRecord({ id: 'copy' })]);
    const out = `${folder.path}/rows.jsonl`;
    const { exitCode, stdout, stderr } = await runCommand('dataset', '--suite', suite, '--out', out);
    expect(stderr).toBe('2 rows, 1 duplicates dropped, 0 bodies with both labels\n');
    expect(stdout).toBe('');
    expect(exitCode).toBe(0);
    expect((await readFile(out, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
  });

  it('writes generated rows, the same for the same seed', async () => {
    const [a, b] = [`${folder.path}/a.jsonl`, `${folder.path}/b.jsonl`];
    const flags = ['--split', 'test', '--count', '40', '--seed', '9', '--phase', 'chained_exploitation'];
    expect(await runCommand('dataset', ...flags, '--out', a)).toMatchObject({ exitCode: 0, stdout: '' });
    await runCommand('dataset', ...flags, '--out', b);
    const text = await readFile(a, 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(40);
    expect(text).toContain('"split":"test"');
    expect(await readFile(b, 'utf8')).toBe(text);
  });

  it('answers bad input with one line that names file, line and field, and exit code 2', async () => {
    const suite = await folder.write('bad.jsonl', [benignRecord(), { ...benignRecord(), label: 'maybe' }]);
    const { exitCode, stdout, stderr } = await runCommand('dataset', '--suite', suite, '--out', `${folder.path}/none.jsonl`);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/bad\.jsonl line 2: field "label": .+\n$/);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it.each([
    ['--count', '-1'],
    ['--count', '1e3'],
    ['--split', 'validation'],
    ['--phase', 'none'],
  ])('refuses %s %s', async (flag, value) => {
    const { exitCode, message } = await refusalOf(register, 'dataset', flag, value, '--out', `${folder.path}/none.jsonl`);
    expect(exitCode).toBe(2);
    expect(message).toContain(flag);
  });
});
