import { Uploads } from '../uploads/uploads.ts';
import { ReplayError } from './replayError.ts';

/** Episode files on their way in, four at most; each lies in a temporary folder until it has been imported. */
export function createImportSpool(): Uploads {
  return new Uploads({
    prefix: 'im',
    folder: 'import',
    fileName: 'episodes.jsonl',
    most: 4,
    mostBytes: 4 * 1024 ** 3,
    tooLarge: () => new ReplayError('UNREADABLE', 'The file is larger than 4 GiB; import it in parts.'),
    givenUp: () => new ReplayError('INVALID_STATE', 'The import was given up; choose the file again.'),
  });
}
