import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from './inputError.ts';
import { checkSuite, readSuite } from './suiteFile.ts';
import { benignRecord, maliciousRecord, temporaryFolder, type Folder } from './testing/records.ts';

let folder: Folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

async function problem(content: string | readonly unknown[]): Promise<InputError> {
  const file = await folder.write('bad.jsonl', content);
  const error: unknown = await checkSuite(file).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

describe('checkSuite', () => {
  it('counts labels and hashes the bytes', async () => {
    const file = await folder.write('good.jsonl', [benignRecord(), maliciousRecord(), benignRecord({ id: 'b2' })]);
    const summary = await checkSuite(file);
    expect(summary).toMatchObject({ records: 3, benign: 2, malicious: 1 });
    expect(summary.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['action', { ...benignRecord(), action: 'DENY' }],
    ['acceptable', { ...benignRecord(), acceptable: [] }],
    ['acceptable.1', { ...benignRecord(), acceptable: ['ALLOW', 'NO'] }],
    ['label', { ...benignRecord(), label: 'good' }],
    ['kind', { ...benignRecord(), kind: 'email' }],
    ['message.jsonrpc', { ...benignRecord(), message: { jsonrpc: '1.0' } }],
    ['context.transport', { ...benignRecord(), context: { server: 'x', transport: 'carrier-pigeon' } }],
    ['context', { ...benignRecord(), context: undefined }],
    ['id', { ...benignRecord(), id: 7 }],
  ])('names the field %s and the line', async (field, record) => {
    const error = await problem([benignRecord(), record]);
    expect(error.problems).toMatchObject([{ line: 2, field }]);
    expect(error.message).toContain('line 2');
    expect(error.message).toContain(`field "${field}"`);
  });

  it('reports all bad lines in one printable line', async () => {
    const error = await problem(`{"id":1}\nnot json\n${JSON.stringify(benignRecord())}\n[]\n"text"\nnull\n`);
    expect(error.problems.map(({ line }) => line)).toEqual([1, 2, 4, 5, 6]);
    expect(error.message).toMatch(/also bad: lines 2, 4, 5, 6\)$/);
    expect(error.message).not.toContain('\n');
  });

  it('shows no control characters of the file', async () => {
    const error = await problem([{ ...benignRecord(), message: { jsonrpc: '2.0', 'bad\u001b[31m\u202ekey': 1 } }]);
    expect(error.message).toContain('\\u{202e}');
    expect(/\p{Cc}|\p{Cf}/u.test(error.message)).toBe(false);
  });

  it('takes a line nested too deeply for what it is', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const record = JSON.stringify(benignRecord({ message: { jsonrpc: '2.0', params: {} } })).replace('"params":{}', `"params":${deep}`);
    expect((await problem(`${record}\n`)).problems).toMatchObject([{ line: 1 }]);
  });

  it('refuses an empty suite', async () => {
    expect((await problem('\n\n')).message).toContain('holds no record');
  });
});

describe('readSuite', () => {
  it('drops what a gateway cannot know and keeps the rest', async () => {
    const record = maliciousRecord();
    const file = await folder.write('extra.jsonl', [{ ...record, context: { ...record.context, obfuscation: 'base64' } }]);
    const read = [];
    for await (const found of readSuite(file)) read.push(found);
    expect(read).toEqual([record]);
  });

  it('stops at the first bad line', async () => {
    const file = await folder.write('late.jsonl', [benignRecord(), { id: 'x' }]);
    const iterator = readSuite(file);
    expect((await iterator.next()).done).toBe(false);
    await expect(iterator.next()).rejects.toThrow(/line 2: field/);
  });
});
