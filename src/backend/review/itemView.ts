import type { JsonObject } from '../../contract/json.ts';
import {
  DISPUTE_CAUSES,
  SEVERITIES,
  type AnalystId,
  type LabelInput,
  type ReviewEvent,
  type ReviewItem,
  type ReviewRow,
  type ReviewState,
  type StoredLabel,
} from '../../contract/review.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { criticTexts } from '../../engine/critic/critic.ts';
import type { StoredLaneEvidence } from './evidence.ts';
import type { ChainLink } from './hashChain.ts';
import { isOpen, leaseOf } from './intake.ts';
import { isHeld } from './leases.ts';
import type { LabelRow, QueueRow, ReviewStore } from './reviewStore.ts';
import { hidesNames, isBlind, isHidden, permission, seesLabels, seesTruth, type ViewFacts } from './visibility.ts';

export function viewFacts(row: QueueRow): ViewFacts {
  return { status: row.status, required: row.required, gold: row.gold === 1, mine: row.my_action, firstChoice: row.first_choice };
}

/** One line of the queue as `analyst` may see it. */
export function rowView(row: QueueRow, analyst: AnalystId, now: number): ReviewRow {
  const facts = viewFacts(row);
  const hidden = isHidden(facts);
  const gives = permission(facts);
  const held = isHeld(leaseOf(row), now);
  const closed = !facts.gold || facts.mine !== null;
  return {
    id: row.id,
    source: row.source,
    createdAt: row.created_at,
    kind: row.kind,
    server: row.server,
    tool: row.tool,
    state: stateOf(row, held, analyst),
    causes: DISPUTE_CAUSES.filter((cause) => row[cause] === 1),
    severity: SEVERITIES[row.severity] ?? 'low',
    margin: hidden ? null : row.margin,
    actions: hidden ? null : { baseline: row.baseline_action, trained: row.trained_action },
    blind: isBlind(facts) && gives === 'label',
    labels: row.labels,
    finalAction: closed ? row.final_action : null,
    myAction: row.my_action,
    heldBy: held && row.holder !== analyst ? row.holder_name : null,
  };
}

/** A gold item looks to whoever is to be tested as if nobody had decided it. */
function stateOf(row: QueueRow, held: boolean, analyst: AnalystId): ReviewState {
  const status = row.gold === 1 && row.my_action === null ? 'pending' : row.status;
  if (!isOpen({ status })) return status;
  if (row.drafted === 1 && (!held || row.holder === analyst)) return 'draft';
  return held ? 'reserved' : status;
}

/** The whole item as `analyst` may see it. */
export function itemView(store: ReviewStore, row: QueueRow, analyst: AnalystId, now: number): ReviewItem {
  const facts = viewFacts(row);
  const hidden = isHidden(facts);
  const evidence = store.evidence(row.seq);
  const labels = store.labels(row.seq);
  const lease = leaseOf(row);
  const texts = criticTexts(evidence.message, analyze(evidence.message));
  const mine = isHeld(lease, now) && lease.analyst === analyst;
  const deciding = evidence.lanes.trained ?? evidence.lanes.baseline;
  return {
    row: rowView(row, analyst, now),
    episode: row.episode_id === null || row.position === null ? null : { id: row.episode_id, position: row.position },
    message: evidence.message,
    hints: evidence.hints,
    layers: evidence.layers,
    reference: texts,
    hidden,
    critic: hidden ? null : evidence.critic,
    lanes: hidden
      ? { baseline: null, trained: null }
      : { baseline: laneView(evidence.lanes.baseline), trained: laneView(evidence.lanes.trained) },
    suggestion: hidden || deciding === null ? null : { action: deciding.decision.action, score: deciding.decision.confidence },
    precedents: hidden ? [] : precedents(store, row),
    labels: labels
      .filter(({ analyst: author }) => author === analyst || seesLabels(facts))
      .map((label) => labelView(label, analyst, facts)),
    senderNote: evidence.note,
    truth: seesTruth(facts) ? evidence.truth : null,
    draft: store.draft(row.seq, analyst)?.draft ?? null,
    lease: mine ? { expiresAt: lease.expiresAt, now } : null,
    may: permission(facts),
    gold: row.gold === 1 && facts.mine !== null,
    identical:
      facts.mine === null || (row.status !== 'submitted' && row.status !== 'adjudicated') ? 0 : store.identical(row, analyst, now).length,
    events: eventsView(store, row, facts, analyst),
  };
}

function laneView(lane: StoredLaneEvidence | null): ReviewItem['lanes']['trained'] {
  return lane === null ? null : { model: lane.model, decision: lane.decision, verifier: lane.verifier };
}

function precedents(store: ReviewStore, row: QueueRow): ReviewItem['precedents'] {
  return store
    .precedents(row)
    .flatMap(({ id, final_action: action, status, decided_at: decidedAt, server }) =>
      action === null || decidedAt === null || (status !== 'submitted' && status !== 'adjudicated')
        ? []
        : [{ id, action, status, decidedAt, server }],
    );
}

function labelView(label: LabelRow, analyst: AnalystId, facts: ViewFacts): StoredLabel {
  const mine = label.analyst === analyst;
  return {
    analyst: !mine && hidesNames(facts) ? null : label.name,
    mine,
    purpose: label.purpose,
    label: JSON.parse(label.label) as LabelInput,
    firstChoice: label.first_choice,
    sawSuggestion: label.saw_suggestion === 1,
    guideline: label.guideline,
    createdAt: label.created_at,
  };
}

/** Events that tell nothing of what anybody chose. */
const NEUTRAL: ReadonlySet<string> = new Set(['created', 'sent', 'flagged', 'skipped']);

/** The item's way so far. What others chose stays out until their labels may be read. */
function eventsView(store: ReviewStore, row: QueueRow, facts: ViewFacts, analyst: AnalystId): readonly ReviewEvent[] {
  const names = new Map(store.profiles().map(({ id, name }) => [id as string, name]));
  return store.audit.eventsOf(row.id).flatMap((link) => {
    const own = link.analyst === analyst;
    const neutral = NEUTRAL.has(link.type);
    if (!own && !neutral && !seesLabels(facts)) return [];
    const named = own || neutral || !hidesNames(facts);
    return [eventView(link, named && link.analyst !== null ? (names.get(link.analyst) ?? null) : null, !facts.gold || facts.mine !== null)];
  });
}

function eventView({ seq, at, type, detail, hash }: ChainLink, analyst: string | null, whole: boolean): ReviewEvent {
  const { content, ...rest } = JSON.parse(detail) as JsonObject;
  const told: JsonObject = typeof content === 'string' ? { ...rest, chosen: JSON.parse(content) as JsonObject } : rest;
  return { seq, at, analyst, type, detail: whole ? told : {}, hash };
}
