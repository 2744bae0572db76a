import { createHash } from 'node:crypto';
import type { Split } from '../../contract/episodes.ts';
import type { Phase } from '../../contract/observation.ts';
import type { Environment } from '../../engine/environment/environment.ts';
import { generatedCases } from '../datasets/generatedCases.ts';
import { rawText } from './baselines/rawText.ts';
import type { CaseSource } from './caseSource.ts';

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
