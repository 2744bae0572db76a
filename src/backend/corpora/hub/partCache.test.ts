import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskError } from './corpusStreamError.ts';
import { PartCache } from './partCache.ts';
import { temporaryCache, type TemporaryCache } from './testing/temporaryCache.ts';

let place: TemporaryCache;
beforeEach(async () => (place = await temporaryCache(100)));
afterEach(() => place.remove());

const bytes = (fill: number, length = 40): Uint8Array => new Uint8Array(length).fill(fill);

describe('PartCache', () => {
  it('gives back what was stored, over a restart too', async () => {
    await place.cache.write('nist', 'f', 3, bytes(1));
    const again = await place.reopen();
    expect(again.use('nist')).toEqual({ bytes: 40, parts: 1 });
    expect(await again.read('nist', 'f', 3)).toEqual(Buffer.from(bytes(1)));
    expect(await again.read('nist', 'f', 4)).toBeNull();
    expect(await again.read('witfoo', 'f', 3)).toBeNull();
  });

  it('drops the parts that were not used for longest when the limit is passed', async () => {
    await place.cache.write('nist', 'f', 1, bytes(1));
    await place.cache.write('fenrir', 'f', 2, bytes(2));
    await place.cache.read('nist', 'f', 1);
    await place.cache.write('nist', 'f', 3, bytes(3));
    expect([1, 2, 3].map((part) => place.cache.has(part === 2 ? 'fenrir' : 'nist', 'f', part))).toEqual([true, false, true]);
    expect(place.cache.use()).toEqual({ bytes: 80, parts: 2 });
    expect((await place.reopen()).use()).toEqual({ bytes: 80, parts: 2 });
  });

  it('makes room at once when the limit is lowered, and counts what went', async () => {
    await place.cache.write('nist', 'f', 1, bytes(1));
    await place.cache.write('fenrir', 'f', 2, bytes(2));
    await place.cache.read('nist', 'f', 1);
    await place.cache.setLimit(60);
    expect([place.cache.has('nist', 'f', 1), place.cache.has('fenrir', 'f', 2)]).toEqual([true, false]);
    expect([place.cache.limit, place.cache.use().bytes]).toEqual([60, 40]);
    expect(place.cache.evicted).toEqual({ bytes: 40, parts: 1 });
    await place.cache.setLimit(100);
    await place.cache.write('fenrir', 'f', 2, bytes(2));
    expect(place.cache.use()).toEqual({ bytes: 80, parts: 2 });
  });

  it('does not give back a part that was changed on the disk, and forgets it', async () => {
    await place.cache.write('nist', 'f', 1, bytes(1));
    const [name = ''] = await readdir(join(place.folder, 'nist/f'));
    await writeFile(join(place.folder, 'nist/f', name), bytes(9));
    expect(await place.cache.read('nist', 'f', 1)).toBeNull();
    expect(place.cache.has('nist', 'f', 1)).toBe(false);
    expect(await readdir(join(place.folder, 'nist/f'))).toEqual([]);
  });

  it('survives a folder that was emptied behind its back, and half-written files', async () => {
    await place.cache.write('nist', 'f', 1, bytes(1));
    await writeFile(join(place.folder, 'nist/f/x.tmp'), 'half');
    await rm(join(place.folder, 'nist/f'), { recursive: true });
    expect(await place.cache.read('nist', 'f', 1)).toBeNull();
    await place.cache.write('nist', 'f', 1, bytes(2));
    await writeFile(join(place.folder, 'nist/f/x.tmp'), 'half');
    const again = await place.reopen();
    expect(await again.read('nist', 'f', 1)).toEqual(Buffer.from(bytes(2)));
    expect((await readdir(join(place.folder, 'nist/f'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('clears one corpus and leaves the others', async () => {
    await place.cache.write('nist', 'f', 1, bytes(1));
    await place.cache.write('fenrir', 'f', 1, bytes(1));
    await place.cache.clear('nist');
    expect(place.cache.use('nist')).toEqual({ bytes: 0, parts: 0 });
    expect(await place.cache.read('fenrir', 'f', 1)).not.toBeNull();
    expect(await readdir(place.folder)).toEqual(['fenrir']);
  });

  it('says what to do when the disk refuses', async () => {
    await writeFile(join(place.folder, 'nist'), 'a file where the folder has to be');
    await expect(place.cache.write('nist', 'f', 1, bytes(1))).rejects.toMatchObject({ code: 'disk_failed' });
    await expect(PartCache.open(join(place.folder, 'nist'), 10)).rejects.toMatchObject({ code: 'disk_failed' });
    expect(diskError(Object.assign(new Error('no space'), { code: 'ENOSPC' }), '/data')).toMatchObject({
      code: 'disk_full',
      message: 'The disk is full: make room or clear the cache in /data, then start again.',
    });
  });
});
