import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from './inputError.ts';
import { readLines, type TextLine } from './jsonLines.ts';
import { temporaryFolder, type Folder } from './testing/records.ts';

let folder: Folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

async function lines(file: string, options: Parameters<typeof readLines>[1] = {}): Promise<TextLine[]> {
  const out: TextLine[] = [];
  for await (const line of readLines(file, options)) out.push(line);
  return out;
}

describe('readLines', () => {
  it('numbers lines, skips blank ones, takes CRLF, a byte order mark and a missing last line feed', async () => {
    const file = await folder.write('mixed.txt', '\ufeffone\r\n\n  \ntwo\nthree');
    expect(await lines(file)).toEqual([
      { line: 1, text: 'one' },
      { line: 4, text: 'two' },
      { line: 5, text: 'three' },
    ]);
  });

  it('cuts no character, wherever the file is read in pieces', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => `x${value.toWellFormed().replace(/[\r\n\ufeff]/g, '')}`);
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (values) => {
        const file = await folder.write('property.txt', `${values.join('\n')}\n`);
        expect((await lines(file)).map((line) => line.text)).toEqual(values);
      }),
      { numRuns: 15 },
    );
    const wide = '\u{1f6e1}'.repeat(200_000);
    expect((await lines(await folder.write('wide.txt', `${wide}\nend\n`))).map((line) => line.text)).toEqual([wide, 'end']);
  });

  it('names the line that is not UTF-8 or too long', async () => {
    const broken = await folder.write('broken.txt', Buffer.concat([Buffer.from('ok\n'), Buffer.from([0xff, 0xfe, 0x0a])]));
    await expect(lines(broken)).rejects.toThrow(/line 2: not valid UTF-8/);
    const long = await folder.write('long.txt', `short\n${'x'.repeat(2_000)}\n`);
    await expect(lines(long, { maxLineBytes: 1_000 })).rejects.toThrow(/line 2: longer than 1000 bytes/);
  });

  it('says what is wrong with the file', async () => {
    await expect(lines(`${folder.path}/none.jsonl`)).rejects.toThrow(InputError);
    await expect(lines(`${folder.path}/none.jsonl`)).rejects.toThrow(/does not exist/);
    await expect(lines(folder.path)).rejects.toThrow(/folder, not a file/);
  });

  it('stops when the signal aborts', async () => {
    const file = await folder.write('abort.txt', 'a\n'.repeat(500_000));
    const controller = new AbortController();
    const reading = (async () => {
      for await (const line of readLines(file, { signal: controller.signal })) if (line.line === 10) controller.abort();
    })();
    await expect(reading).rejects.toThrow(/abort/i);
  });
});
