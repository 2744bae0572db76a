import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelCatalogueSchema, type CatalogueEntry } from '../../contract/models.ts';
import { InferenceError } from './inferenceError.ts';

/**
 * Models of others that `models pull` fetches, from `catalogue.json` of the models' directory; none without the file.
 * @throws InferenceError `damaged` when the file is no catalogue
 */
export async function readCatalogue(modelsDir: string): Promise<readonly CatalogueEntry[]> {
  const path = join(modelsDir, 'catalogue.json');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new InferenceError('damaged', `${path} cannot be read as JSON; restore it from the release.`, { cause });
  }
  const parsed = modelCatalogueSchema.safeParse(value);
  if (parsed.success) return parsed.data.models;
  const [issue] = parsed.error.issues;
  throw new InferenceError('damaged', `${path} is no model catalogue: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}.`, {
    cause: parsed.error,
  });
}
