import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RowWriter } from './rowWriter.ts';
import { temporaryFolder, type Folder } from './testing/records.ts';
import type { TrainingRow } from './trainingRow.ts';

let folder: Folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

function row(id: string, body: string, label: TrainingRow['label'] = 'benign'): TrainingRow {
  return {
    id,
    source: 's',
    group: 'g',
    split: 'train',
    kind: 'call',
    label,
    vector: 'none',
    body,
    fitting: 'ALLOW',
    rewards: [0.2, -0.4, -0.25, 0.1, -0.4, -1.2],
    acceptable: ['ALLOW'],
  };
}

const add = (writer: RowWriter, line: TrainingRow): Promise<boolean> => writer.add(line, line.body);

describe('RowWriter', () => {
  it('drops a body seen with the same label and counts one seen with the other', async () => {
    const file = `${folder.path}/deep/er/rows.jsonl`;
    const writer = await RowWriter.open(file);
    expect(await add(writer, row('1', 'a'))).toBe(true);
    expect(await add(writer, row('2', 'a'))).toBe(false);
    expect(await add(writer, row('3', 'a', 'malicious'))).toBe(true);
    expect(await add(writer, row('4', 'b'))).toBe(true);
    await writer.commit();
    expect(writer.counts).toEqual({ written: 3, duplicates: 1, conflicts: 1 });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as TrainingRow).id)).toEqual(['1', '3', '4']);
    expect(await readdir(`${folder.path}/deep/er`)).toEqual(['rows.jsonl']);
  });

  it('leaves an earlier file untouched when discarded', async () => {
    const file = `${folder.path}/kept.jsonl`;
    await writeFile(file, 'before');
    const writer = await RowWriter.open(file);
    await add(writer, row('1', 'a'.repeat(3_000_000)));
    await writer.discard();
    expect(await readFile(file, 'utf8')).toBe('before');
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('holds back a fast producer and loses nothing', async () => {
    const file = `${folder.path}/many.jsonl`;
    const writer = await RowWriter.open(file);
    for (let i = 0; i < 3_000; i++) await add(writer, row(String(i), `${i} ${'x'.repeat(500)}`));
    await writer.commit();
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3_001);
  });

  it('reports a disk that refuses', async () => {
    const writer = await RowWriter.open(`${folder.path}/refused.jsonl`);
    await folder.write('plain', 'x');
    await expect(RowWriter.open(`${folder.path}/plain/rows.jsonl`)).rejects.toThrow(/EEXIST|ENOTDIR/);
    await writer.discard();
  });
});
