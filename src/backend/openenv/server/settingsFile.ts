import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { serverSettingsSchema, type ServerSettings } from '../../../contract/environmentServer.ts';

export const DEFAULT_SETTINGS: ServerSettings = { enabled: false, port: 8_000, mode: 'simulation' };

/** The settings of the last time; the defaults when there are none that can be read. */
export async function readSettings(file: string): Promise<ServerSettings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return DEFAULT_SETTINGS;
  }
  return parsed(text);
}

/** Replaces the file in one step: a crash leaves the old settings or the new ones. */
export async function writeSettings(file: string, settings: ServerSettings): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(settings, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

function parsed(text: string): ServerSettings {
  try {
    return serverSettingsSchema.parse(JSON.parse(text));
  } catch {
    return DEFAULT_SETTINGS;
  }
}
