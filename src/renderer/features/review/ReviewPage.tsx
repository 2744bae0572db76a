import { useEffect, useMemo, useRef, useState } from 'react';
import { ACTIONS } from '../../../contract/actions.ts';
import { reviewItemIdSchema, CONFIDENCES, type AnalystProfile, type ReviewItemId, type SkipReason } from '../../../contract/review.ts';
import type { Command } from '../../app/commands.ts';
import { useCommands } from '../../app/useCommands.ts';
import { goToPlace, placeHref, usePlace } from '../../app/useRoute.ts';
import { count, fixed } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Notice } from '../../widgets/Notice.tsx';
import { AgreementView } from './AgreementView.tsx';
import { EvidencePane } from './EvidencePane.tsx';
import { ExportView } from './ExportView.tsx';
import { FilterBar } from './FilterBar.tsx';
import type { HunkWalker } from './JsonCompare.tsx';
import { ProfilePicker } from './ProfilePicker.tsx';
import { QueuePane } from './QueuePane.tsx';
import { RecalibrationView } from './RecalibrationView.tsx';
import { ReviewContext, useReview, useReviewFeature } from './ReviewContext.ts';
import { createReviewSession } from './reviewSession.ts';
import { createReviewStore } from './reviewStore.ts';
import { SidePane, type SideView } from './SidePane.tsx';
import { Splitter } from './Splitter.tsx';
import { usePaneSizes } from './usePaneSizes.ts';
import styles from './ReviewPage.module.css';

const VIEWS = { queue: 'Queue', agreement: 'Agreement', recalibration: 'Recalibration', export: 'Export' } as const;
type View = keyof typeof VIEWS;

function show(id: ReviewItemId | null): void {
  goToPlace(placeHref('review', id === null ? {} : { path: [id] }));
}

/** Disputed decisions, labelled by analysts. */
export function ReviewPage() {
  const platform = usePlatform();
  const [feature] = useState(() => {
    const store = createReviewStore();
    return { store, session: createReviewSession(platform, store, show) };
  });
  useEffect(() => feature.session.start(), [feature]);
  return (
    <ReviewContext value={feature}>
      <Page />
    </ReviewContext>
  );
}

function Page() {
  const { session } = useReviewFeature();
  const analyst = useReview((model) => model.analyst);
  const { path, query } = usePlace();
  const [first] = path;
  const named = useMemo(() => reviewItemIdSchema.safeParse(first).data ?? null, [first]);
  const view: View = (Object.keys(VIEWS) as View[]).find((name) => name === query.get('view')) ?? 'queue';
  const analystId = analyst?.id ?? null;
  useEffect(() => {
    if (analystId !== null) void session.open(named);
  }, [session, named, analystId]);
  return (
    <div className={styles['page']}>
      <h1 className="visually-hidden">Review queue</h1>
      {analyst === null ? (
        <ProfilePicker />
      ) : (
        <>
          <TopBar analyst={analyst} view={view} />
          <Problem />
          {view === 'queue' ? <Desk /> : null}
          {view === 'agreement' ? <AgreementView analyst={analyst.id} /> : null}
          {view === 'recalibration' ? <RecalibrationView analyst={analyst.id} /> : null}
          {view === 'export' ? <ExportView /> : null}
        </>
      )}
    </div>
  );
}

function TopBar({ analyst, view }: { readonly analyst: AnalystProfile; readonly view: View }) {
  const { session } = useReviewFeature();
  const searchRef = useRef<HTMLInputElement>(null);
  useSearchCommand(searchRef, view);
  return (
    <div className={styles['top']}>
      <nav className={styles['views']} aria-label="Parts of the review">
        {(Object.keys(VIEWS) as View[]).map((name) => (
          <a
            key={name}
            href={placeHref('review', { query: { view: name === 'queue' ? undefined : name } })}
            aria-current={name === view ? 'page' : undefined}
            data-testid={`review-view-${name}`}
          >
            {VIEWS[name]}
          </a>
        ))}
      </nav>
      <Progress />
      {view === 'queue' ? <FilterBar searchRef={searchRef} /> : null}
      <Button size="small" variant="quiet" testId="review-analyst" title="Another analyst" onClick={session.leaveAnalyst}>
        <HostileText text={analyst.name} />
      </Button>
    </div>
  );
}

/** Done, left and how long one takes; nobody is compared with anybody. */
function Progress() {
  const overview = useReview((model) => model.overview);
  const said = useReview((model) => model.said);
  return (
    <p className={styles['progress']}>
      {overview === null ? null : (
        <span data-testid="review-progress">
          {count(overview.doneToday)} today, {count(overview.remaining)} left
          {overview.medianSeconds === null ? '' : `, ${fixed(overview.medianSeconds, 0)} s each`}
          {overview.byStatus.conflict === 0 ? '' : `, ${count(overview.byStatus.conflict)} in conflict`}
        </span>
      )}
      <span role="status" data-testid="review-said" className={styles['said']}>
        {said}
      </span>
    </p>
  );
}

function Problem() {
  const { store } = useReviewFeature();
  const problem = useReview((model) => model.problem);
  if (problem === null) return null;
  return (
    <Notice
      tone="problem"
      testId="review-problem"
      title={problem.message}
      advice={problem.advice}
      actions={<Button icon="close" variant="quiet" aria-label="Dismiss" onClick={() => store.setState({ problem: null })} />}
    />
  );
}

/** The three panes. */
function Desk() {
  const [sizes, setSizes] = usePaneSizes();
  const [side, setSide] = useState<SideView>('form');
  const [skipReason, setSkipReason] = useState<SkipReason>('unsure');
  const hunks = useRef<HunkWalker>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  useDeskCommands({ hunks, note, skipReason, setSide });
  return (
    <div className={styles['desk']} style={{ gridTemplateColumns: `${sizes.queue}px 8px minmax(0, 1fr) 8px ${sizes.side}px` }}>
      <QueuePane onOpen={show} />
      <Splitter
        label="Width of the queue"
        side="before"
        value={sizes.queue}
        min={220}
        max={480}
        onChange={(queue) => setSizes({ ...sizes, queue })}
      />
      <EvidencePane ref={hunks} />
      <Splitter
        label="Width of the decision"
        side="after"
        value={sizes.side}
        min={280}
        max={520}
        onChange={(width) => setSizes({ ...sizes, side: width })}
      />
      <SidePane view={side} onView={setSide} skipReason={skipReason} onSkipReason={setSkipReason} noteRef={note} />
    </div>
  );
}

interface DeskTools {
  readonly hunks: { readonly current: HunkWalker | null };
  readonly note: { readonly current: HTMLTextAreaElement | null };
  readonly skipReason: SkipReason;
  readonly setSide: (change: (before: SideView) => SideView) => void;
}

function useDeskCommands({ hunks, note, skipReason, setSide }: DeskTools): void {
  const { session, store } = useReviewFeature();
  const may = useReview((model) => (model.item?.state === 'ready' ? model.item.value.may : 'read'));
  const open = useReview((model) => model.item?.state === 'ready');
  const commands = useMemo<readonly Command[]>(() => {
    const move = (step: number): void => {
      const { queue, selected } = store.getState();
      if (queue.state !== 'ready') return;
      const { rows } = queue.value;
      const at = rows.findIndex(({ id }) => id === selected);
      const row = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
      if (row !== undefined) show(row.id);
    };
    const decides = may !== 'read';
    return [
      ...ACTIONS.map((action): Command => ({ id: `review.${action}`, enabled: decides, run: () => session.setDraft({ action }) })),
      { id: 'review.submit', enabled: decides, run: () => void session.submit() },
      {
        id: 'review.confidence',
        enabled: decides,
        run: () => {
          const at = CONFIDENCES.indexOf(store.getState().draft.confidence);
          session.setDraft({ confidence: CONFIDENCES[(at + 1) % CONFIDENCES.length] ?? 'medium' });
        },
      },
      {
        id: 'review.note',
        enabled: decides,
        run: () => {
          setSide(() => 'form');
          note.current?.focus();
        },
      },
      { id: 'review.skip', enabled: decides, run: () => void session.skip(skipReason) },
      { id: 'review.flag', enabled: open && may !== 'adjudicate', run: () => void session.flag() },
      { id: 'review.undo', enabled: true, run: () => void session.undo() },
      { id: 'review.next', enabled: true, run: () => void session.next() },
      { id: 'review.down', enabled: true, repeats: true, run: () => move(1) },
      { id: 'review.up', enabled: true, repeats: true, run: () => move(-1) },
      { id: 'review.hunk', enabled: open, run: () => hunks.current?.next() },
      { id: 'review.hunk.back', enabled: open, run: () => hunks.current?.previous() },
      {
        id: 'review.guidelines',
        enabled: true,
        run: () => setSide((before) => (before === 'guidelines' ? 'form' : 'guidelines')),
      },
    ];
  }, [session, store, may, open, hunks, note, skipReason, setSide]);
  useCommands(commands);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.defaultPrevented) return;
      if (target.closest('input, textarea, [role="dialog"]') !== null) return;
      event.preventDefault();
      void session.undo();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [session]);
}

function useSearchCommand(searchRef: { readonly current: HTMLInputElement | null }, view: View): void {
  const commands = useMemo<readonly Command[]>(
    () => [{ id: 'review.search', enabled: view === 'queue', run: () => searchRef.current?.focus() }],
    [searchRef, view],
  );
  useCommands(commands);
}
