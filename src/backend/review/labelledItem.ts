import type { Action } from '../../contract/actions.ts';
import type { Confidence, LabelInput, ReasonCode } from '../../contract/review.ts';
import type { Evidence } from './evidence.ts';
import { labelTruth } from './guidelines.ts';
import type { ItemRow, LabelRow, ReviewStore } from './reviewStore.ts';

/** A decided item with all that its label says. */
export interface LabelledItem {
  readonly item: ItemRow;
  readonly evidence: Evidence;
  readonly action: Action;
  readonly label: 'benign' | 'malicious';
  readonly reasons: readonly ReasonCode[];
  readonly confidence: Confidence;
  readonly note: string;
  /** Different analysts whose labels are in force. */
  readonly reviewers: number;
  readonly guideline: string;
}

const PAGE = 100;

/**
 * Every decided item, oldest first: adjudicated, or labelled alike by all who were wanted. Reads in small pages and lets
 * others have their turn in between.
 * @throws the signal's reason
 */
export async function* labelledItems(store: ReviewStore, signal?: AbortSignal): AsyncGenerator<LabelledItem, void, undefined> {
  for (let after = 0; ;) {
    signal?.throwIfAborted();
    const page = store.itemsAfter(after, PAGE);
    for (const item of page) {
      const labelled = labelledItem(store, item);
      if (labelled !== null) yield labelled;
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.seq;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function labelledItem(store: ReviewStore, item: ItemRow): LabelledItem | null {
  if (item.final_action === null) return null;
  const labels = store.labels(item.seq).filter(({ purpose }) => purpose !== 'gold_check');
  const decisive = decisiveLabels(labels);
  const [first] = decisive;
  if (first === undefined) return null;
  const contents = decisive.map(({ label }) => JSON.parse(label) as LabelInput);
  const reasons = [...new Set(contents.flatMap((content) => content.reasons))];
  const confidences = contents.map(({ confidence }) => confidence);
  return {
    item,
    evidence: store.evidence(item.seq),
    action: item.final_action,
    label: labelTruth(item.final_action, reasons),
    reasons,
    confidence: confidences.includes('low') ? 'low' : confidences.includes('medium') ? 'medium' : 'high',
    note: contents
      .map(({ note }) => note)
      .filter((note) => note !== '')
      .join('\n'),
    reviewers: new Set(labels.map(({ analyst }) => analyst)).size,
    guideline: first.guideline,
  };
}

/** An adjudication speaks alone. */
function decisiveLabels(labels: readonly LabelRow[]): readonly LabelRow[] {
  const adjudication = labels.findLast(({ purpose }) => purpose === 'adjudication');
  return adjudication === undefined ? labels : [adjudication];
}
