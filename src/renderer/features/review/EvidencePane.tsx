import { useImperativeHandle, useMemo, useRef, useState, type ReactNode, type Ref, type RefObject } from 'react';
import type { CriticReport } from '../../../contract/episodes.ts';
import { LANES, type Lane } from '../../../contract/live.ts';
import type { LaneEvidence, ReviewItem, StoredLabel } from '../../../contract/review.ts';
import { placeHref } from '../../app/useRoute.ts';
import { classes } from '../../lib/classes.ts';
import { fixed, percent, words } from '../../lib/format.ts';
import { LANE_NAMES } from '../../lib/laneNames.ts';
import { ActionChip } from '../../widgets/ActionChip.tsx';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { JsonView } from '../../widgets/JsonView.tsx';
import { DecodedLayers, MessageFact, MessageSurroundings, OriginFacts } from '../../widgets/message/MessageParts.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { ViewPanel, ViewTab, ViewTabs } from '../../widgets/tabs/ViewTabs.tsx';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { comparedValues } from './comparedValues.ts';
import { JsonCompare, type HunkWalker } from './JsonCompare.tsx';
import { useReview, useReviewFeature } from './ReviewContext.ts';
import { CAUSE_NAMES, CAUSE_NOTES, REFERENCE_NAMES, SOURCE_NAMES } from './reviewWords.ts';
import { StructureList } from './StructureList.tsx';
import { canonicalJson, structuralDiff } from './structuralDiff.ts';
import { WordDiff } from './WordDiff.tsx';
import styles from './EvidencePane.module.css';

/** Everything that speaks for one action or another. */
export function EvidencePane({ ref }: { readonly ref: Ref<HunkWalker> }) {
  const item = useReview((model) => model.item);
  if (item === null) {
    return (
      <Panel label="Evidence" title="Evidence">
        <Empty title="No item is open">Take the next one with Next, or pick a row of the queue. Keys: J and K move, ? lists all.</Empty>
      </Panel>
    );
  }
  if (item.state !== 'ready') {
    return (
      <Panel label="Evidence" title="Evidence">
        {item.state === 'loading' ? <Empty title="Reading the item…" /> : <Empty title={item.problem.message}>{item.problem.advice}</Empty>}
      </Panel>
    );
  }
  return <Evidence key={item.value.row.id} item={item.value} ref={ref} />;
}

function Evidence({ item, ref }: { readonly item: ReviewItem; readonly ref: Ref<HunkWalker> }) {
  const { row, message } = item;
  const { copyText } = usePlatform();
  return (
    <Panel
      label="Evidence"
      testId="review-evidence"
      title={
        <>
          <span className={styles['kind']}>{words(row.kind)}</span>
          <span className={styles['muted']}>
            {SOURCE_NAMES[row.source]}
            {item.episode === null ? null : (
              <>
                {', '}
                <a
                  className={styles['link']}
                  href={placeHref('replays', { path: [item.episode.id], query: { at: String(item.episode.position + 1) } })}
                  title="Watch the episode at this message"
                  data-testid="review-episode"
                >
                  message {item.episode.position + 1}
                </a>
              </>
            )}
          </span>
        </>
      }
      actions={
        <Button
          icon="copy"
          size="small"
          variant="quiet"
          title="Copy the message as escaped JSON"
          aria-label="Copy safe"
          onClick={() => void copyText(escapedJson(message))}
        >
          Copy safe
        </Button>
      }
    >
      <div className={styles['head']}>
        <Facts item={item} />
        <Decisions item={item} />
        {item.labels.length === 0 ? null : <Labels labels={item.labels} />}
      </div>
      <Views item={item} ref={ref} />
    </Panel>
  );
}

/** JSON in ASCII: what is pasted elsewhere shows what it holds and does nothing. */
function escapedJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[^\x20-\x7e\n]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function Facts({ item }: { readonly item: ReviewItem }) {
  return (
    <dl className={styles['facts']}>
      <MessageFact name="Why here">
        {item.row.causes.map((cause) => (
          <span key={cause} className={styles['cause']} title={CAUSE_NOTES[cause]} data-testid={`cause-${cause}`}>
            {CAUSE_NAMES[cause]}
          </span>
        ))}
        {item.senderNote === null ? null : (
          <q className={styles['muted']}>
            <HostileText text={item.senderNote} />
          </q>
        )}
      </MessageFact>
      <OriginFacts context={item.message.context} />
    </dl>
  );
}

/** What both lanes and the critic decided; on a blind item only that they did. */
function Decisions({ item }: { readonly item: ReviewItem }) {
  if (item.hidden) {
    return (
      <p className={styles['hidden']} data-testid="review-hidden">
        Blind item: what models, critic and other analysts decided is shown after your first choice.
      </p>
    );
  }
  return (
    <div className={styles['decisions']}>
      {LANES.map((lane) => (
        <LaneDecision key={lane} lane={lane} evidence={item.lanes[lane]} />
      ))}
      <CriticDecision critic={item.critic} />
      {item.truth === null ? null : (
        <p className={styles['truth']} data-testid="review-truth">
          Simulation: {item.truth.malicious ? 'malicious' : 'benign'}
          {item.truth.vector === 'none' ? '' : `, ${words(item.truth.vector)}`}; {words(item.truth.fitting)} fits
        </p>
      )}
    </div>
  );
}

function LaneDecision({ lane, evidence }: { readonly lane: Lane; readonly evidence: LaneEvidence | null }) {
  if (evidence === null) return null;
  const { decision, model, verifier } = evidence;
  return (
    <section className={styles['decision']} aria-label={`${LANE_NAMES[lane]} decision`} data-testid={`review-lane-${lane}`}>
      <h3>
        {LANE_NAMES[lane]} <span className={styles['muted']}>{model.id}</span>
      </h3>
      <p className={styles['line']}>
        <ActionChip action={decision.action} />
        <span title="Calibrated probability of this action">{percent(decision.confidence, 0)}</span>
      </p>
      <p className={styles['rationale']} title={decision.rationale}>
        <HostileText text={decision.rationale} />
      </p>
      {verifier === null || verifier.flags.length === 0 ? null : (
        <p className={styles['muted']}>Verifier: {verifier.flags.map(words).join(', ')}</p>
      )}
    </section>
  );
}

function CriticDecision({ critic }: { readonly critic: CriticReport | null }) {
  if (critic === null) {
    return (
      <section className={styles['decision']} aria-label="Critic">
        <h3>Critic</h3>
        <p className={styles['muted']}>no reference to compare with</p>
      </section>
    );
  }
  const { drift, threshold, driftFound, parts, reference } = critic;
  return (
    <section className={styles['decision']} aria-label="Critic" data-testid="review-critic">
      <h3>
        Critic <span className={styles['muted']}>against the {REFERENCE_NAMES[reference]}</span>
      </h3>
      <p className={styles['line']}>
        <strong>{driftFound ? 'Drift found' : 'No drift'}</strong>
        <span>
          {fixed(drift, 3)} of {fixed(threshold, 2)}
        </span>
      </p>
      <div className={styles['meter']} role="img" aria-label={`Drift ${fixed(drift, 3)}, threshold ${fixed(threshold, 2)}`}>
        <span className={classes(styles['bar'], driftFound && styles['over'])} style={{ inlineSize: `${Math.min(1, drift) * 100}%` }} />
        <span className={styles['mark']} style={{ insetInlineStart: `${Math.min(1, threshold) * 100}%` }} />
      </div>
      <p className={styles['muted']}>
        embedding {fixed(parts.embedding, 2)}, words {fixed(parts.lexical, 2)}, structure {fixed(parts.structural, 2)}
      </p>
    </section>
  );
}

/** Labels side by side, without names while they are weighed. */
function Labels({ labels }: { readonly labels: readonly StoredLabel[] }) {
  return (
    <ul className={styles['labels']} aria-label="Labels" data-testid="review-labels">
      {labels.map((stored, index) => (
        <li key={index}>
          <p className={styles['line']}>
            <strong>
              {stored.mine ? 'You' : (stored.analyst ?? `Analyst ${index + 1}`)}
              {stored.purpose === 'label' ? '' : `, ${words(stored.purpose)}`}
            </strong>
            <ActionChip action={stored.label.action} />
            <span className={styles['muted']}>{stored.label.confidence} confidence</span>
          </p>
          {stored.label.reasons.length === 0 ? null : <p className={styles['muted']}>{stored.label.reasons.map(words).join(', ')}</p>}
          {stored.label.note === '' ? null : (
            <p>
              <HostileText text={stored.label.note} />
            </p>
          )}
          {stored.firstChoice === null || stored.firstChoice === stored.label.action ? null : (
            <p className={styles['muted']}>First choice before seeing anything: {words(stored.firstChoice)}</p>
          )}
        </li>
      ))}
    </ul>
  );
}

type View = 'words' | 'structure' | 'json' | 'message' | 'decoded' | 'context';

function Views({ item, ref }: { readonly item: ReviewItem; readonly ref: Ref<HunkWalker> }) {
  const { session } = useReviewFeature();
  const span = useReview((model) => model.draft.span);
  const [view, setView] = useState<View>(item.reference === null ? 'message' : 'words');
  const compared = useMemo(() => comparedValues(item), [item]);
  const changes = useMemo(() => (compared === null ? [] : structuralDiff(compared.before, compared.after)), [compared]);
  const prose = useRef<HunkWalker>(null);
  const json = useRef<HunkWalker>(null);
  const active = view === 'json' ? json : prose;
  useImperativeHandle(ref, () => ({ next: () => active.current?.next(), previous: () => active.current?.previous() }), [active]);
  const mayWrite = item.may !== 'read';
  return (
    <ViewTabs
      label="Views of the evidence"
      value={view}
      onChange={setView}
      tabs={
        <>
          <Tab value="words">Words</Tab>
          <Tab value="structure" {...(compared === null ? {} : { count: changes.length })}>
            Structure
          </Tab>
          <Tab value="json">JSON</Tab>
          <Tab value="message">Message</Tab>
          <Tab value="decoded" count={item.layers.length}>
            Decoded
          </Tab>
          <Tab value="context">Context</Tab>
        </>
      }
      actions={view === 'words' || view === 'json' ? <HunkButtons walker={active} /> : null}
    >
      <ViewPanel value="words">
        {item.reference === null ? (
          <NoReference />
        ) : (
          <WordDiff
            ref={prose}
            reference={item.reference}
            critic={item.critic}
            span={span}
            onSpan={mayWrite ? (chosen) => session.setDraft({ span: chosen }) : null}
          />
        )}
      </ViewPanel>
      <ViewPanel value="structure">{compared === null ? <NoReference /> : <StructureList changes={changes} />}</ViewPanel>
      <ViewPanel value="json" focusable={false}>
        {compared === null ? (
          <NoReference />
        ) : (
          <JsonCompare ref={json} before={canonicalJson(compared.before)} after={canonicalJson(compared.after)} />
        )}
      </ViewPanel>
      <ViewPanel value="message">
        <JsonView value={item.message.message} />
      </ViewPanel>
      <ViewPanel value="decoded">
        <DecodedLayers layers={item.layers} />
      </ViewPanel>
      <ViewPanel value="context">
        <MessageSurroundings context={item.message.context} hints={item.hints} />
      </ViewPanel>
    </ViewTabs>
  );
}

function Tab({ value, ...rest }: { readonly value: View; readonly children: ReactNode; readonly count?: number }) {
  return <ViewTab value={value} testId={`evidence-${value}`} {...rest} />;
}

function HunkButtons({ walker }: { readonly walker: RefObject<HunkWalker | null> }) {
  return (
    <span className={styles['hunks']}>
      <Button
        size="small"
        variant="quiet"
        command="review.hunk.back"
        keyIn="title"
        title="Change before"
        onClick={() => walker.current?.previous()}
      >
        Back
      </Button>
      <Button size="small" variant="quiet" command="review.hunk" keyIn="title" title="Next change" onClick={() => walker.current?.next()}>
        Next
      </Button>
    </span>
  );
}

function NoReference() {
  return (
    <p className={styles['muted']}>The message has no reference: no pinned definition, no decoded layer, no task to hold it against.</p>
  );
}
