import { diffWords, type DiffPart } from './wordDiff.ts';

/** A run of the word difference, cut where the critic's spans begin and end. */
export interface DiffSegment extends DiffPart {
  /** Place in the candidate text; null for removed words. */
  readonly at: { readonly start: number; readonly end: number } | null;
  /** The run lies in a span that the drift comes from. */
  readonly driving: boolean;
  /** Number of the hunk that begins here, else null. A hunk is a run of changes. */
  readonly hunk: number | null;
}

/** Word difference of reference and candidate with the critic's spans marked. The segments joined are both texts again. */
export function diffSegments(
  reference: string,
  candidate: string,
  spans: readonly { readonly start: number; readonly end: number }[],
): readonly DiffSegment[] {
  const borders = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].toSorted((a, b) => a - b);
  const segments: DiffSegment[] = [];
  let offset = 0;
  let hunks = 0;
  let changing = false;
  const numbered = (kind: DiffPart['kind']): number | null => {
    const begins = kind !== 'same' && !changing;
    changing = kind !== 'same';
    if (!begins) return null;
    hunks += 1;
    return hunks - 1;
  };
  for (const part of diffWords(reference, candidate)) {
    if (part.kind === 'removed') {
      segments.push({ ...part, at: null, driving: false, hunk: numbered('removed') });
      continue;
    }
    const end = offset + part.text.length;
    const cuts = [offset, ...borders.filter((border) => border > offset && border < end), end];
    for (let index = 0; index < cuts.length - 1; index += 1) {
      const [from, to] = [cuts[index] ?? offset, cuts[index + 1] ?? end];
      segments.push({
        kind: part.kind,
        text: candidate.slice(from, to),
        at: { start: from, end: to },
        driving: spans.some((span) => span.start <= from && to <= span.end),
        hunk: numbered(part.kind),
      });
    }
    offset = end;
  }
  return segments;
}
