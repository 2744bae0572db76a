import { ACTION_LABELS, type Action } from '../../contract/actions.ts';
import type { Split } from '../../contract/episodes.ts';
import type { Lane } from '../../contract/live.ts';
import type { ExportFormat } from '../../contract/review.ts';
import type { SuiteRecord } from '../../contract/suites.ts';
import { observeMessage } from '../../engine/environment/observeMessage.ts';
import { suiteCase } from '../datasets/suiteCase.ts';
import { trainingRow } from '../datasets/trainingRow.ts';
import { buildPrompt, LABEL_PREFIX } from '../inference/prompt/prompt.ts';
import { DISPUTE_CAUSES } from '../../contract/review.ts';
import type { LabelledItem } from './labelledItem.ts';

/** A labelled item with the group and split it was put into. */
export interface PlacedItem {
  readonly labelled: LabelledItem;
  readonly group: string;
  readonly split: Split;
  /** Krippendorff's alpha of the whole queue; null under two shared items. */
  readonly alpha: number | null;
}

/** One line of an export without its line break; null when the format has nothing to say about the item. */
export function exportLine(format: ExportFormat, placed: PlacedItem): string | null {
  switch (format) {
    case 'jsonl':
      return JSON.stringify({ ...suiteRecord(placed), review: reviewFacts(placed) });
    case 'sft':
      return JSON.stringify(trainingRow(suiteCase(suiteRecord(placed)), placed.split));
    case 'dpo': {
      const pair = preferencePair(placed);
      return pair === null ? null : JSON.stringify(pair);
    }
    case 'csv':
      return csvLine(placed);
  }
}

/** The item as a line of a suite, which `eval` and `dataset` read. */
export function suiteRecord({ labelled, group }: PlacedItem): SuiteRecord {
  const { item, evidence, action, label } = labelled;
  const { kind, message, context } = evidence.message;
  // The schema's types are mutable; the record is written and thrown away.
  return structuredClone({
    id: item.id,
    source: `review:${item.source}`,
    group,
    kind,
    label,
    vector: vectorOf(labelled),
    action,
    acceptable: [action],
    message,
    context,
  }) as SuiteRecord;
}

/** The simulation's name for it where analyst and simulation agree on which side it lies. */
function vectorOf({ evidence: { truth }, label }: LabelledItem): string {
  if (truth !== null && truth.malicious === (label === 'malicious')) return truth.vector;
  return label === 'benign' ? 'none' : 'unnamed';
}

function reviewFacts({ labelled, split, alpha }: PlacedItem) {
  const { item, reasons, confidence, note, reviewers, guideline } = labelled;
  return {
    split,
    status: item.status,
    reviewers,
    confidence,
    reasons,
    note,
    guideline,
    alpha,
    causes: DISPUTE_CAUSES.filter((cause) => item[cause] === 1),
    episode: item.episode_id,
    position: item.position,
    decidedAt: item.decided_at,
    evidenceSha256: item.evidence_hash,
  };
}

/** TRL's preference columns. Null for a tie: no model chose anything else. */
export interface PreferencePair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly meta: {
    readonly id: string;
    readonly task: string | null;
    readonly group: string;
    readonly split: Split;
    readonly reviewers: number;
    readonly alpha: number | null;
    readonly guideline: string;
    readonly lane: Lane;
    readonly chosenAction: Action;
    readonly rejectedAction: Action;
  };
}

function preferencePair({ labelled, group, split, alpha }: PlacedItem): PreferencePair | null {
  const { item, evidence, action, reviewers, guideline } = labelled;
  // The defender's own mistake teaches it most.
  const lane = (['trained', 'baseline'] as const).find((name) => {
    const decision = evidence.lanes[name]?.decision;
    return decision !== undefined && decision.action !== action;
  });
  const rejected = lane === undefined ? undefined : evidence.lanes[lane]?.decision.action;
  if (lane === undefined || rejected === undefined) return null;
  const { prefix, body, tail } = buildPrompt(observeMessage(evidence.message));
  return {
    prompt: `${prefix}${body}${tail}`,
    chosen: `${LABEL_PREFIX}${ACTION_LABELS[action]}`,
    rejected: `${LABEL_PREFIX}${ACTION_LABELS[rejected]}`,
    meta: {
      id: item.id,
      task: evidence.message.context.userTask ?? null,
      group,
      split,
      reviewers,
      alpha,
      guideline,
      lane,
      chosenAction: action,
      rejectedAction: rejected,
    },
  };
}

const CSV_COLUMNS: readonly (readonly [name: string, value: (placed: PlacedItem) => string | number | null])[] = [
  ['id', ({ labelled }) => labelled.item.id],
  ['split', ({ split }) => split],
  ['group', ({ group }) => group],
  ['source', ({ labelled }) => labelled.item.source],
  ['kind', ({ labelled }) => labelled.item.kind],
  ['server', ({ labelled }) => labelled.item.server],
  ['tool', ({ labelled }) => labelled.item.tool],
  ['label', ({ labelled }) => labelled.label],
  ['action', ({ labelled }) => labelled.action],
  ['status', ({ labelled }) => labelled.item.status],
  ['reviewers', ({ labelled }) => labelled.reviewers],
  ['confidence', ({ labelled }) => labelled.confidence],
  ['reasons', ({ labelled }) => labelled.reasons.join(' ')],
  ['note', ({ labelled }) => labelled.note],
  ['baseline_action', ({ labelled }) => labelled.item.baseline_action],
  ['trained_action', ({ labelled }) => labelled.item.trained_action],
  ['drift', ({ labelled }) => labelled.evidence.critic?.drift ?? null],
  ['threshold', ({ labelled }) => labelled.evidence.critic?.threshold ?? null],
  ['guideline', ({ labelled }) => labelled.guideline],
  ['decided_at', ({ labelled }) => labelled.item.decided_at],
  ['evidence_sha256', ({ labelled }) => labelled.item.evidence_hash],
];

export const CSV_HEADER = CSV_COLUMNS.map(([name]) => name).join(',');

function csvLine(placed: PlacedItem): string {
  return CSV_COLUMNS.map(([, value]) => csvCell(value(placed))).join(',');
}

/** RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe: names and notes may come from an attacker. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
