import { useImperativeHandle, useMemo, useRef, type Ref } from 'react';
import type { CriticReport } from '../../../contract/episodes.ts';
import type { LabelDraft, ReviewReference } from '../../../contract/review.ts';
import { classes } from '../../lib/classes.ts';
import { plural } from '../../lib/format.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { diffSegments, type DiffSegment } from '../../lib/diffSegments.ts';
import type { HunkWalker } from './JsonCompare.tsx';
import styles from './WordDiff.module.css';

interface WordDiffProps {
  readonly reference: ReviewReference;
  readonly critic: CriticReport | null;
  readonly span: LabelDraft['span'];
  /** Null where the item cannot be labelled. */
  readonly onSpan: ((span: LabelDraft['span']) => void) | null;
  readonly ref?: Ref<HunkWalker>;
}

const CONTEXT_CHARACTERS = 160;

/** Reference and candidate in one text: what was added and removed, and what drives the drift. */
export function WordDiff({ reference, critic, span, onSpan, ref }: WordDiffProps) {
  const text = useRef<HTMLDivElement>(null);
  const at = useRef(-1);
  const spans = useMemo(() => critic?.spans ?? [], [critic]);
  const segments = useMemo(() => diffSegments(reference.reference, reference.candidate, spans), [reference, spans]);
  useImperativeHandle(ref, () => {
    const walk = (step: 1 | -1) => (): void => {
      const hunks = [...(text.current?.querySelectorAll<HTMLElement>('[data-hunk]') ?? [])];
      if (hunks.length === 0) return;
      at.current = (at.current + step + hunks.length) % hunks.length;
      const hunk = hunks[at.current];
      hunk?.scrollIntoView({ block: 'center' });
      hunk?.focus();
    };
    return { next: walk(1), previous: walk(-1) };
  }, []);
  const useSelection = (): void => {
    const chosen = window.getSelection()?.toString() ?? '';
    const start = reference.candidate.indexOf(chosen);
    if (chosen.trim() !== '' && start >= 0) onSpan?.(spanAt(reference.candidate, start, start + chosen.length));
  };
  return (
    <>
      <div ref={text} className={styles['diff']} data-testid="word-diff">
        {segments.map((segment, index) => (
          <Segment
            key={index}
            segment={segment}
            edge={index === 0 ? 'start' : index === segments.length - 1 ? 'end' : null}
            chosen={overlaps(segment, span)}
          />
        ))}
      </div>
      {onSpan === null ? null : (
        <section className={styles['spans']} aria-label="Part that decides">
          <h3>Part that decides</h3>
          <Button size="small" onClick={useSelection} title="Select text of the message above first">
            Use selected text
          </Button>
          {spans.map(({ start, end }) => (
            <Button key={start} size="small" variant="quiet" onClick={() => onSpan(spanAt(reference.candidate, start, end))}>
              <span className={styles['excerpt']}>
                <HostileText text={reference.candidate.slice(start, end).slice(0, 80)} />
              </span>
            </Button>
          ))}
        </section>
      )}
    </>
  );
}

/** A span's text is cut to what a label may hold. */
function spanAt(candidate: string, start: number, end: number): NonNullable<LabelDraft['span']> {
  const last = Math.min(end, start + 2_000);
  return { start, end: last, text: candidate.slice(start, last) };
}

function overlaps({ at }: DiffSegment, span: LabelDraft['span']): boolean {
  return at !== null && span !== null && at.start < span.end && span.start < at.end;
}

/** Signs and underlines stand beside the colours; long unchanged runs are folded. */
function Segment({
  segment,
  edge,
  chosen,
}: {
  readonly segment: DiffSegment;
  readonly edge: 'start' | 'end' | null;
  readonly chosen: boolean;
}) {
  const { kind, text, hunk, driving } = segment;
  const className = classes(driving && styles['driving'], chosen && styles['chosen'], kind !== 'same' && styles[kind]);
  const jump = hunk === null ? {} : { 'data-hunk': hunk, tabIndex: -1 };
  if (kind === 'added') {
    return (
      <ins className={className} title={driving ? 'Drives the drift' : undefined} {...jump}>
        <HostileText text={text} />
      </ins>
    );
  }
  if (kind === 'removed') {
    return (
      <del className={className} {...jump}>
        <HostileText text={text} />
      </del>
    );
  }
  if (text.length <= CONTEXT_CHARACTERS * 2 + 40 || driving || chosen) {
    return (
      <span className={className}>
        <HostileText text={text} />
      </span>
    );
  }
  const before = edge === 'start' ? '' : text.slice(0, CONTEXT_CHARACTERS);
  const after = edge === 'end' ? '' : text.slice(-CONTEXT_CHARACTERS);
  return (
    <>
      <HostileText text={before} />
      <span className={styles['folded']}>{plural(text.length - before.length - after.length, 'unchanged character')}</span>
      <HostileText text={after} />
    </>
  );
}
