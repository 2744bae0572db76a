import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MOST_UPLOADED_BYTES, MOST_UPLOADED_FILES, type ImportReport, type UploadedFiles } from '../../contract/runs.ts';
import { Uploads } from '../uploads/uploads.ts';
import { RunsError } from './runsError.ts';

/** A history that came by itself stands under the name of its folder. */
const STAGE = 'uploaded';

/** Files of runs on their way in: each lies in a temporary folder, and all of an import in one, until the library has read them. */
export class UploadedRuns {
  private readonly uploads = new Uploads({
    prefix: 'ru',
    folder: 'run',
    fileName: 'file',
    most: MOST_UPLOADED_FILES,
    mostBytes: MOST_UPLOADED_BYTES,
    tooLarge: () => new RunsError('UNREADABLE', 'The file is larger than 2 GiB; import it by its path.'),
    givenUp: () => new RunsError('INVALID_STATE', 'The files were given up; choose them again.'),
  });

  begin(): Promise<string> {
    return this.uploads.begin();
  }

  write(upload: string, piece: Uint8Array): Promise<void> {
    return this.uploads.write(upload, piece);
  }

  async cancel(uploads: readonly string[]): Promise<void> {
    await Promise.all(uploads.map((upload) => this.uploads.drop(upload)));
  }

  /**
   * Lays the files out as they lay before and gives their folder to `work`; then nothing of them is left.
   * @throws RunsError INVALID_STATE when one was given up, or what `work` throws
   */
  async import({ files }: UploadedFiles, work: (folder: string, paths: readonly string[]) => Promise<ImportReport>): Promise<ImportReport> {
    const home = await mkdtemp(join(tmpdir(), 'omniguard-runs-'));
    const folder = join(home, STAGE);
    try {
      for (const { upload, path } of files) {
        const target = join(folder, path);
        await mkdir(dirname(target), { recursive: true });
        await this.uploads.finish(upload, (file) => rename(file, target));
      }
      return await work(
        folder,
        files.map(({ path }) => path),
      );
    } finally {
      await this.cancel(files.map(({ upload }) => upload));
      await rm(home, { recursive: true, force: true });
    }
  }

  dispose(): Promise<void> {
    return this.uploads.dispose();
  }
}
