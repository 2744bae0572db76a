/** A file with its place within what was chosen: `offline-run-1/run.wandb` of a folder, else its name. */
export interface ChosenFile {
  readonly file: File;
  readonly path: string;
}

const DEEPEST = 8;
/** Beyond these a folder is not one of runs. */
const MOST_FOUND = 5_000;

export function holdsFiles({ types }: DataTransfer): boolean {
  return types.includes('Files');
}

/** Of an input: a folder's files know their path within it. */
export function pickedFiles(list: FileList | null): readonly ChosenFile[] {
  return [...(list ?? [])].map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }));
}

/** Files that were dropped, those of folders included. What cannot be read is left out. Called while the drop is being handled. */
export function droppedFiles({ items, files }: DataTransfer): Promise<readonly ChosenFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  // Not every source of a drop offers entries.
  if (entries.length === 0) return Promise.resolve(pickedFiles(files));
  return collect(entries, '', 0);
}

async function collect(entries: readonly FileSystemEntry[], home: string, depth: number): Promise<ChosenFile[]> {
  const found: ChosenFile[] = [];
  for (const entry of entries) {
    if (found.length >= MOST_FOUND) break;
    const path = `${home}${entry.name}`;
    if (entry.isFile) {
      const file = await fileOf(entry as FileSystemFileEntry);
      if (file !== null) found.push({ file, path });
    } else if (entry.isDirectory && depth < DEEPEST) {
      found.push(...(await collect(await childrenOf(entry as FileSystemDirectoryEntry), `${path}/`, depth + 1)));
    }
  }
  return found;
}

function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}

/** A reader gives a hundred entries at a time. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0 || all.length >= MOST_FOUND) return all;
    all.push(...some);
  }
}

/** What of a folder can belong to a run. Files that were chosen by themselves are taken as they are. */
const OF_RUNS = /(^|\/)([^/]*\.wandb|(wandb-)?history\.jsonl|trainer_state\.json|evaluation\.json|summary\.json|[^/]*\.db(-wal)?)$/;

export function filesOfRuns(files: readonly ChosenFile[]): readonly ChosenFile[] {
  return files.filter(({ path }) => !path.includes('/') || OF_RUNS.test(path));
}
