import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readGgufFileInfo } from 'node-llama-cpp';
import { sha256Schema, type ModelId, type Sha256 } from '../../contract/ids.ts';
import {
  modelManifestSchema,
  type Calibration,
  type CriticCalibration,
  type ModelEntry,
  type ModelManifest,
  type ModelStatus,
} from '../../contract/models.ts';
import { InferenceError } from './inferenceError.ts';

/** Architectures whose decisions have been proven to work; embedders may also be `bert`. */
const DECISION_ARCHITECTURES = ['llama', 'qwen2'];
const EMBEDDER_ARCHITECTURES = [...DECISION_ARCHITECTURES, 'bert'];

/** The models that the manifest names, and whether their files are what it says. */
export interface ModelRegistry {
  readonly manifest: ModelManifest;
  readonly modelsDir: string;
  /** @throws InferenceError `missing` when the manifest has no such model */
  entry(id: ModelId): ModelEntry;
  /** Absolute path of the model's file, whether it exists or not. */
  path(entry: ModelEntry): string;
  /**
   * Hashes the file and reads its header. The calibration is another question, see `checkCalibration`.
   *
   * @throws InferenceError `missing`, `damaged` or `incompatible`, naming the file and what to do
   */
  check(entry: ModelEntry, signal?: AbortSignal): Promise<void>;
  /** Quick look at each file, its size only; `not_loaded` means nothing speaks against it. */
  glance(): Promise<ModelStatus[]>;
  /** `check` and `checkCalibration` of every model. */
  verify(): Promise<ModelStatus[]>;
  /** Writes a calibration into the manifest. @throws InferenceError `incompatible` when it was fitted on another file */
  saveCalibration(id: ModelId, calibration: Calibration): Promise<ModelRegistry>;
  /** The same for the critic's calibration with an embedder. */
  saveCriticCalibration(id: ModelId, calibration: CriticCalibration): Promise<ModelRegistry>;
  /** Writes an entry into the manifest, in place of one of the same name; the file has to be there. */
  put(entry: ModelEntry): Promise<ModelRegistry>;
}

export interface ModelRegistryOptions {
  readonly modelsDir: string;
  /** Prompt layout this program renders; models trained on another one are refused. */
  readonly promptVersion: string;
}

/**
 * Reads `manifest.json` of the models' directory; a directory without one has no models.
 *
 * @throws InferenceError `damaged` when the manifest is not what it should be
 */
export async function openModelRegistry(options: ModelRegistryOptions): Promise<ModelRegistry> {
  return createRegistry(options, await readManifest(manifestPath(options.modelsDir)));
}

function manifestPath(modelsDir: string): string {
  return join(modelsDir, 'manifest.json');
}

async function readManifest(path: string): Promise<ModelManifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, models: [] };
    throw new InferenceError('damaged', `${path} cannot be read; check its permissions.`, { cause: error });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InferenceError('damaged', `${path} is not JSON; restore it from the release.`, { cause: error });
  }
  const parsed = modelManifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.') ?? '';
    throw new InferenceError(
      'damaged',
      `${path} is not a model manifest: ${where === '' ? 'it' : where} ${issue?.message ?? 'is wrong'}.`,
      {
        cause: parsed.error,
      },
    );
  }
  const seen = new Set<string>();
  for (const { id } of parsed.data.models) {
    if (seen.has(id)) throw new InferenceError('damaged', `${path} names the model ${id} twice; remove one of them.`);
    seen.add(id);
  }
  return parsed.data;
}

function createRegistry(options: ModelRegistryOptions, manifest: ModelManifest): ModelRegistry {
  const modelsDir = resolve(options.modelsDir);
  const path = (entry: ModelEntry): string => resolve(modelsDir, entry.file);
  const registry: ModelRegistry = {
    manifest,
    modelsDir,
    path,
    entry(id) {
      const found = manifest.models.find((model) => model.id === id);
      if (found !== undefined) return found;
      const known = manifest.models.map((model) => model.id).join(', ');
      throw new InferenceError(
        'missing',
        `There is no model ${id}; ${known === '' ? 'the manifest names none.' : `known models are ${known}.`}`,
      );
    },
    async check(entry, signal) {
      refuseOutside(modelsDir, path(entry), entry);
      await checkSize(path(entry), entry);
      await checkHash(path(entry), entry, signal);
      await checkHeader(path(entry), entry);
      checkUse(entry, options.promptVersion);
    },
    async glance() {
      return Promise.all(
        manifest.models.map((entry) =>
          statusOf(entry, async () => {
            refuseOutside(modelsDir, path(entry), entry);
            await checkSize(path(entry), entry);
            checkUse(entry, options.promptVersion);
            checkCalibration(entry);
          }),
        ),
      );
    },
    async verify() {
      const statuses: ModelStatus[] = [];
      for (const entry of manifest.models) {
        statuses.push(
          await statusOf(entry, async () => {
            await registry.check(entry);
            checkCalibration(entry);
          }),
        );
      }
      return statuses;
    },
    async saveCalibration(id, calibration) {
      return registry.put({ ...registry.entry(id), calibration });
    },
    async saveCriticCalibration(id, criticCalibration) {
      return registry.put({ ...registry.entry(id), criticCalibration });
    },
    async put(entry) {
      checkCalibration(entry);
      const known = manifest.models.some(({ id }) => id === entry.id);
      const models = known ? manifest.models.map((model) => (model.id === entry.id ? entry : model)) : [...manifest.models, entry];
      const changed: ModelManifest = { ...manifest, models };
      const target = manifestPath(modelsDir);
      await writeFile(`${target}.new`, `${JSON.stringify(changed, null, 2)}\n`);
      await rename(`${target}.new`, target);
      return createRegistry(options, changed);
    },
  };
  return registry;
}

async function statusOf(entry: ModelEntry, check: () => Promise<void>): Promise<ModelStatus> {
  try {
    await check();
    return { entry, state: 'not_loaded', problem: null };
  } catch (error) {
    return { entry, ...failureStatus(error) };
  }
}

/** The state and sentence that a failed check or load leaves a model in. */
export function failureStatus(error: unknown): Pick<ModelStatus, 'state' | 'problem'> {
  if (!(error instanceof InferenceError)) return { state: 'incompatible', problem: error instanceof Error ? error.message : String(error) };
  switch (error.problem) {
    case 'missing':
      return { state: 'missing', problem: error.message };
    case 'damaged':
      return { state: 'damaged', problem: error.message };
    case 'incompatible':
    case 'runtime':
      return { state: 'incompatible', problem: error.message };
    case 'disposed':
      return { state: 'not_loaded', problem: null };
  }
}

/** The manifest is data that a download may bring along: it must not reach outside its own directory. */
function refuseOutside(modelsDir: string, path: string, entry: ModelEntry): void {
  const inside = relative(modelsDir, path);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new InferenceError('incompatible', `The manifest places ${entry.id} outside the models directory; correct its file name.`);
  }
}

async function checkSize(path: string, entry: ModelEntry): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) {
    throw new InferenceError('missing', `${entry.file} of ${entry.id} is not in the models directory; put the file there.`);
  }
  if (found.size !== entry.bytes) {
    throw new InferenceError(
      'damaged',
      `${entry.file} of ${entry.id} has ${found.size} bytes instead of ${entry.bytes}; put a complete copy of the file in its place.`,
    );
  }
}

/** Hashes of files that have not changed since, by path, size and time: models are loaded far more often than replaced. */
const hashes = new Map<string, Sha256>();

/** SHA-256 of a file, streamed. */
export async function fileSha256(path: string, signal?: AbortSignal): Promise<Sha256> {
  const { size, mtimeMs, ino } = await stat(path);
  const key = [path, size, mtimeMs, ino].join('|');
  const known = hashes.get(key);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, signal === undefined ? {} : { signal });
  const digest = sha256Schema.parse(hash.digest('hex'));
  hashes.set(key, digest);
  return digest;
}

async function checkHash(path: string, entry: ModelEntry, signal: AbortSignal | undefined): Promise<void> {
  if ((await fileSha256(path, signal)) !== entry.sha256) {
    throw new InferenceError(
      'damaged',
      `${entry.file} of ${entry.id} is not the file the manifest describes (its SHA-256 differs); put a sound copy in its place.`,
    );
  }
}

async function checkHeader(path: string, entry: ModelEntry): Promise<void> {
  let architecture: string;
  try {
    const info = await readGgufFileInfo(path, { readTensorInfo: false, logWarnings: false });
    architecture = info.metadata.general.architecture;
  } catch (error) {
    throw new InferenceError('damaged', `${entry.file} of ${entry.id} is not a readable GGUF file; put a sound copy in its place.`, {
      cause: error,
    });
  }
  if (architecture !== entry.architecture) {
    throw new InferenceError(
      'incompatible',
      `${entry.file} of ${entry.id} is a ${architecture} model, not ${entry.architecture} as the manifest says; correct the manifest.`,
    );
  }
}

function checkUse(entry: ModelEntry, promptVersion: string): void {
  const supported = entry.role === 'embedder' ? EMBEDDER_ARCHITECTURES : DECISION_ARCHITECTURES;
  if (!supported.includes(entry.architecture)) {
    throw new InferenceError(
      'incompatible',
      `${entry.file} of ${entry.id} is a ${entry.architecture} model; OmniGuard runs ${supported.join(', ')} models in this role.`,
    );
  }
  if (entry.role !== 'embedder' && entry.promptVersion !== promptVersion) {
    throw new InferenceError(
      'incompatible',
      `${entry.file} of ${entry.id} was trained on prompt version ${entry.promptVersion}, this program writes ${promptVersion}; use a model of the same version.`,
    );
  }
}

/**
 * A calibration belongs to one file: another quantisation of the same model has other logits.
 *
 * @throws InferenceError `incompatible` when it was fitted on another file
 */
export function checkCalibration(entry: ModelEntry): void {
  const fitted = [entry.calibration, entry.criticCalibration ?? null];
  if (fitted.some((calibration) => calibration !== null && calibration.modelSha256 !== entry.sha256)) {
    throw new InferenceError(
      'incompatible',
      `The calibration of ${entry.id} was fitted on another file; run "npm run models -- calibrate ${entry.id}" again.`,
    );
  }
}
