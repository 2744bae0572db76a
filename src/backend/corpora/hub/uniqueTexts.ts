import { createHash } from 'node:crypto';
import type { CorpusSource } from './corpusSources.ts';
import { CorpusStreamError } from './corpusStreamError.ts';

/** Texts beyond these are no longer counted: the digests would fill the memory, and the share is known by then. */
const MOST_TEXTS = 200_000;
/** Fewer texts say little about a share. */
const FEWEST_TEXTS = 500;

/** Counts how many texts are different from all before. */
export class UniqueTexts {
  private readonly seen = new Set<string>();
  private looked = 0;

  /** True when the text is new, or when no more are counted. */
  add(text: string): boolean {
    if (this.looked >= MOST_TEXTS) return true;
    this.looked++;
    const before = this.seen.size;
    this.seen.add(createHash('sha256').update(text).digest('base64').slice(0, 16));
    return this.seen.size > before;
  }

  /** Share of different texts, 0..1; null before the first. */
  get share(): number | null {
    return this.looked === 0 ? null : this.seen.size / this.looked;
  }

  /**
   * A column that repeats itself is another column under the name of the one that was wanted.
   * @throws CorpusStreamError schema_changed
   */
  check(source: CorpusSource): void {
    const { share } = this;
    if (share === null || this.looked < FEWEST_TEXTS || share >= source.leastUniqueShare) return;
    throw new CorpusStreamError(
      'schema_changed',
      `Only ${(share * 100).toFixed(1)}% of the texts of ${source.name} differ, so its columns hold something else now: update OmniGuard.`,
    );
  }
}
