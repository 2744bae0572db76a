import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Split } from '../../contract/episodes.ts';
import type { Phase } from '../../contract/observation.ts';
import type { Environment } from '../../engine/environment/environment.ts';
import { generatedCases } from '../datasets/generatedCases.ts';
import type { LabelledCase } from '../datasets/labelledCase.ts';
import { suiteCase } from '../datasets/suiteCase.ts';
import { checkSuite, readSuite } from '../datasets/suiteFile.ts';
import { rawText } from './baselines/rawText.ts';

/** Where the cases of an evaluation come from. */
export interface CaseSource {
  /** File name without folders, or `bundled:` and the split. */
  readonly name: string;
  /** Hash of the file, or of the corpus the messages are generated from. */
  readonly sha256: string;
  /** Cases to expect at most. */
  readonly size: number;
  cases(): AsyncIterable<LabelledCase> | Iterable<LabelledCase>;
}

/**
 * A labelled suite, checked from end to end before its first case is handed out.
 *
 * @throws InputError naming line and field.
 */
export async function suiteSource(file: string, options: { readonly signal?: AbortSignal } = {}): Promise<CaseSource> {
  const { records, sha256 } = await checkSuite(file, options);
  return {
    name: path.basename(file),
    sha256,
    size: records,
    async *cases() {
      for await (const record of readSuite(file, options)) yield suiteCase(record);
    },
  };
}

export interface GeneratedSourceOptions {
  /** Configured for the split. */
  readonly environment: Environment;
  readonly count: number;
  readonly seed: number;
  readonly phases: readonly Phase[];
}

/** So many known messages in a row mean that the corpus has no more to say. */
const MAX_BARREN = 20_000;

export function bundledName(split: Split): string {
  return `bundled:${split}`;
}

/** Distinct messages of the environment's generator; fewer than `count` when the corpus runs dry. */
export function generatedSource({ environment, count, seed, phases }: GeneratedSourceOptions): CaseSource {
  return {
    name: bundledName(environment.config.split),
    sha256: environment.pool.hash,
    size: count,
    *cases() {
      const seen = new Set<string>();
      let barren = 0;
      if (count === 0) return;
      for (const labelled of generatedCases(environment, { seed, phases })) {
        const digest = createHash('sha256')
          .update(`${labelled.label} ${rawText(labelled.observation.message)}`)
          .digest('base64');
        if (seen.has(digest)) {
          if (++barren >= MAX_BARREN) return;
          continue;
        }
        barren = 0;
        seen.add(digest);
        yield labelled;
        if (seen.size >= count) return;
      }
    },
  };
}
