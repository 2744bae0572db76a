import { randomInt, randomUUID } from 'node:crypto';
import type { JsonObject } from '../../../contract/json.ts';
import {
  episodeStart,
  RESET_ARGUMENT_NAMES,
  resetArgumentsSchema,
  type EpisodeStart,
  type ResetArguments,
  type ResetDefaults,
} from './resetArguments.ts';
import { nearestName } from './nearestName.ts';
import { validationIssues, type ValidationIssue } from './validationErrors.ts';

export type ReadReset =
  | { readonly ok: true; readonly args: ResetArguments; readonly ignored: readonly string[]; readonly requestId: string | null }
  | { readonly ok: false; readonly errors: readonly ValidationIssue[]; readonly message: string };

/** Randomness enters here and nowhere else. */
const FRESH: ResetDefaults = { episodeId: randomUUID, seed: () => randomInt(0x1_0000_0000) };

/** The episode that arguments ask for; a new id and a new seed where they name none. */
export function freshEpisode(args: ResetArguments): EpisodeStart {
  return episodeStart(args, FRESH);
}

/** Reads the arguments of a reset strictly: a misspelt name would otherwise silently play another episode. */
export function readReset(data: JsonObject): ReadReset {
  const parsed = resetArgumentsSchema.safeParse(data);
  if (!parsed.success) {
    const errors = validationIssues(parsed.error, data, [], RESET_ARGUMENT_NAMES);
    return { ok: false, errors, message: `Invalid message: ${sentence(data, errors)}` };
  }
  return { ok: true, args: parsed.data, ignored: [], requestId: parsed.data.request_id ?? parsed.data.options?.request_id ?? null };
}

/** Reads them where the protocol lets any key in: unknown names are set aside, the others are checked as strictly. */
export function readLenientReset(data: JsonObject): ReadReset {
  const known = Object.fromEntries(Object.entries(data).filter(([name]) => RESET_ARGUMENT_NAMES.includes(name)));
  const ignored = Object.keys(data).filter((name) => !RESET_ARGUMENT_NAMES.includes(name));
  const read = readReset(known);
  return read.ok ? { ...read, ignored: ignored.slice(0, 32).map((name) => name.slice(0, 64)) } : read;
}

function sentence(data: JsonObject, errors: readonly ValidationIssue[]): string {
  const unknown = Object.keys(data).find((name) => !RESET_ARGUMENT_NAMES.includes(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, RESET_ARGUMENT_NAMES);
    const known = `known are ${RESET_ARGUMENT_NAMES.join(', ')}`;
    return `reset has no argument '${unknown.slice(0, 64)}'; ${nearest === null ? known : `did you mean '${nearest}'?`}`;
  }
  const [first] = errors;
  return `${first?.loc.join('.') ?? 'reset'}: ${first?.msg ?? 'not valid'}`;
}
