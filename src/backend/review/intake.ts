import { createHash, randomBytes } from 'node:crypto';
import type { EpisodeId } from '../../contract/ids.ts';
import { LANES, type Lane, type LaneStep, type PerLane } from '../../contract/live.ts';
import {
  reviewItemIdSchema,
  type AnalystId,
  type DisputeCause,
  type ReviewItemId,
  type ReviewSource,
  type StepLabel,
} from '../../contract/review.ts';
import type { Recording } from '../store/episodeStore.ts';
import { episodeFamily, type EpisodeOrigin } from './episodeOrigin.ts';
import { decisionMargin, disputeCauses } from './disputes.ts';
import { byMessage, laneEvidence, severityOf, type DecidingModel, type Evidence } from './evidence.ts';
import { changeFingerprint, evidenceHash } from './fingerprint.ts';
import { isHeld } from './leases.ts';
import { ReviewError } from './reviewError.ts';
import type { ItemRow, QueueRow, ReviewStore } from './reviewStore.ts';
import { VERSION } from '../version.ts';

/** Share of items that two analysts label without seeing each other, so that agreement can be measured. */
const OVERLAP_SHARE = 0.15;
/** Of an item's text that the search finds. */
const SEARCHED_CHARACTERS = 20_000;

/** A decision offered by whatever made it; null causes: the rules decide. */
export interface Offer {
  readonly source: ReviewSource;
  /** Two offers of one origin are one item. */
  readonly origin: string;
  readonly evidence: Evidence;
  readonly family: string;
  readonly episode: { readonly id: EpisodeId; readonly position: number } | null;
  /** Who sends it; only for items that an analyst flags. */
  readonly flag: { readonly analyst: AnalystId | null } | null;
}

export interface Intake {
  readonly item: ItemRow;
  readonly created: boolean;
}

/** Brings disputed decisions into the queue. */
export class ReviewIntake {
  private readonly store: ReviewStore;
  private readonly now: () => Date;

  constructor(store: ReviewStore, now: () => Date) {
    this.store = store;
    this.now = now;
  }

  /** Enqueues those steps of one position that are disputed. Cheap where nothing is: no text is looked at. */
  consider(steps: readonly LaneStep[], origin: EpisodeOrigin): void {
    for (const group of byMessage(steps)) {
      const offer = offerOf(group, origin, 'live', null, null);
      if (disputeCauses(decisionsOf(offer.evidence)).length > 0) this.offer(offer);
    }
  }

  /** Stores an offer unless it is neither disputed nor flagged; one of the same origin is flagged instead. */
  offer(offer: Offer): Intake | null {
    const causes = new Set<DisputeCause>(disputeCauses(decisionsOf(offer.evidence)));
    if (offer.flag !== null) causes.add('analyst_flag');
    if (causes.size === 0) return null;
    return this.store.transaction(() => {
      const known = this.store.itemOfOrigin(offer.origin);
      if (known !== null) {
        this.flagKnown(known, offer);
        return { item: known, created: false };
      }
      return this.add(offer, causes);
    });
  }

  /** Puts one lane's step of a stored episode into the queue. @throws ReviewError when there is no such step */
  send(
    recording: Recording | null,
    request: {
      readonly lane: Lane;
      readonly position: number;
      readonly note: string | undefined;
      readonly analyst: AnalystId | null;
      readonly source?: ReviewSource | undefined;
    },
    temperatures: PerLane<number | null>,
  ): Intake {
    const here = recording?.steps.map(({ step }) => step).filter(({ position }) => position === request.position) ?? [];
    const group = byMessage(here).find((steps) => steps.some(({ lane }) => lane === request.lane));
    if (recording === null || group === undefined) throw new ReviewError('NOT_FOUND', 'There is no such step in the store.');
    const { episode } = recording;
    const model = (lane: Lane): DecidingModel => ({ ...episode.models[lane], temperature: temperatures[lane] });
    const origin: EpisodeOrigin = {
      id: episode.id,
      family: episodeFamily(episode.seed, episode.phase, episode.config.split, episode.corpusSha256),
      models: { baseline: model('baseline'), trained: model('trained') },
      embedder: episode.config.critic.embedder,
    };
    const offer = offerOf(group, origin, request.source ?? 'replay', request.note ?? null, { analyst: request.analyst });
    const taken = this.offer(offer);
    if (taken === null) throw new Error('a flagged step was not taken');
    return taken;
  }

  labelsOf(episode: EpisodeId): readonly StepLabel[] {
    const now = this.now().getTime();
    return this.store.itemsOfEpisode(episode, null).map((row) => ({
      itemId: row.id,
      lanes: LANES.filter((lane) => row[`${lane}_action`] !== null),
      position: row.position ?? 0,
      state: isOpen(row) && isHeld(leaseOf(row), now) ? 'reserved' : row.status,
      action: row.final_action,
      labels: row.labels,
    }));
  }

  private add(offer: Offer, causes: ReadonlySet<DisputeCause>): Intake {
    const { evidence, source, origin, episode, family } = offer;
    const { message, lanes, critic, truth } = evidence;
    const at = this.now().toISOString();
    const has = (cause: DisputeCause): number => (causes.has(cause) ? 1 : 0);
    const item = this.store.addItem({
      id: newItemId(),
      origin,
      source,
      episode_id: episode?.id ?? null,
      position: episode?.position ?? null,
      created_at: at,
      kind: message.kind,
      server: message.context.server,
      tool: message.context.tool ?? null,
      vector: truth?.vector ?? null,
      near_threshold: has('near_threshold'),
      critic_disagrees: has('critic_disagrees'),
      models_disagree: has('models_disagree'),
      analyst_flag: has('analyst_flag'),
      baseline_action: lanes.baseline?.decision.action ?? null,
      trained_action: lanes.trained?.decision.action ?? null,
      baseline_model: lanes.baseline?.model.id ?? null,
      trained_model: lanes.trained?.model.id ?? null,
      margin: decisionMargin(critic, (lanes.trained ?? lanes.baseline)?.decision ?? null),
      severity: severityOf(evidence),
      family,
      evidence_hash: evidenceHash(message),
      fingerprint: changeFingerprint(message),
      required: isOverlap(origin) ? 2 : 1,
      evidence,
      text: searchText(evidence),
    });
    if (item === null) throw new Error('an item of this origin appeared within the transaction');
    this.store.record({
      at,
      analyst: offer.flag?.analyst ?? null,
      item: item.id,
      type: 'created',
      detail: {
        source,
        causes: [...causes],
        evidence: item.evidence_hash,
        models: { baseline: lanes.baseline?.model.sha256 ?? null, trained: lanes.trained?.model.sha256 ?? null },
        app: VERSION,
        note: evidence.note,
        required: item.required,
      },
    });
    return { item, created: true };
  }

  private flagKnown(item: ItemRow, { flag, evidence }: Offer): void {
    if (flag === null) return;
    if (item.analyst_flag === 0) this.store.setRequired(item.seq, item.required, 1);
    this.store.record({
      at: this.now().toISOString(),
      analyst: flag.analyst,
      item: item.id,
      type: 'sent',
      detail: { note: evidence.note },
    });
  }
}

export function leaseOf(row: QueueRow) {
  if (row.holder === null || row.heartbeat_at === null || row.expires_at === null) return null;
  return { analyst: row.holder, heartbeatAt: row.heartbeat_at, expiresAt: row.expires_at };
}

export function isOpen({ status }: Pick<ItemRow, 'status'>): boolean {
  return status === 'pending' || status === 'needs_second';
}

function offerOf(steps: readonly LaneStep[], origin: EpisodeOrigin, source: ReviewSource, note: string | null, flag: Offer['flag']): Offer {
  const of = (lane: Lane): LaneStep | undefined => steps.find((step) => step.lane === lane);
  const shown = of('trained') ?? of('baseline');
  if (shown === undefined) throw new RangeError('an offer needs a step');
  const evidence = (lane: Lane) => {
    const step = of(lane);
    return step === undefined ? null : laneEvidence(step, origin.models[lane]);
  };
  // The lanes that saw the message are part of the origin: a mutated retry in one lane is another item than the base message.
  const lanes = LANES.filter((lane) => of(lane) !== undefined).join('+');
  return {
    source,
    origin: `${origin.id}/${shown.position}/${lanes}`,
    evidence: {
      message: shown.message,
      hints: shown.hints,
      layers: shown.layers,
      critic: shown.info.critic,
      embedder: origin.embedder,
      lanes: { baseline: evidence('baseline'), trained: evidence('trained') },
      truth: shown.info.truth,
      note,
    },
    family: origin.family,
    episode: { id: origin.id, position: shown.position },
    flag,
  };
}

function decisionsOf({ critic, lanes }: Evidence) {
  return { critic, baseline: lanes.baseline?.decision ?? null, trained: lanes.trained?.decision ?? null };
}

function newItemId(): ReviewItemId {
  return reviewItemIdSchema.parse(`rv-${randomBytes(8).toString('hex')}`);
}

/** Decided by the origin's hash: the same items whoever asks, and none that an analyst could choose. */
function isOverlap(origin: string): boolean {
  return createHash('sha256').update(origin).digest().readUInt32BE(0) / 2 ** 32 < OVERLAP_SHARE;
}

/** Server, tool, task and every string of the message. */
function searchText({ message, layers }: Evidence): string {
  const { context } = message;
  const texts = [context.server, context.tool ?? '', context.userTask ?? '', ...layers.map(({ text }) => text)];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect([message.message.method, message.message.params, message.message.result, message.message.error]);
  return texts.join('\n').slice(0, SEARCHED_CHARACTERS);
}
