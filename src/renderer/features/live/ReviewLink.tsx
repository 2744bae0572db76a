import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import type { EpisodeId } from '../../../contract/ids.ts';
import type { Lane } from '../../../contract/live.ts';
import type { ReviewState } from '../../../contract/review.ts';
import { useReviewQueueStatus } from '../../app/ReviewQueueContext.ts';
import { goToPlace, placeHref } from '../../app/useRoute.ts';
import type { Command } from '../../app/commands.ts';
import { useCommands } from '../../app/useCommands.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Notice } from '../../widgets/Notice.tsx';
import type { DecisionRow } from './decisionRow.ts';
import { displayedRow } from './displayed.ts';
import { useLive, useLiveFeature } from './LiveContext.ts';
import { labelOf, lanePointedAt, type ReviewLinksModel } from './reviewLinks.ts';
import styles from './ReviewLink.module.css';

export function useReviewLinks<T>(select: (model: ReviewLinksModel) => T): T {
  return useStore(useLiveFeature().reviewLinks.store, select);
}

const STATE_WORDS: { readonly [S in ReviewState]: string } = {
  pending: 'waits',
  reserved: 'being reviewed',
  draft: 'being reviewed',
  needs_second: 'waits for a second analyst',
  submitted: 'labelled',
  conflict: 'in conflict',
  adjudicated: 'adjudicated',
  discarded: 'discarded',
};

/** Keeps what is known of the queue up to date for the displayed row and the rows in view. */
export function useWatchedEpisodes(inView: readonly EpisodeId[]): void {
  const { reviewLinks } = useLiveFeature();
  const displayed = useLive(({ view, selection }) => (view === null ? null : (displayedRow(view, selection)?.episodeId ?? null)));
  const revision = useReviewQueueStatus(({ waiting }) => waiting?.revision ?? null);
  const names = [...new Set(displayed === null ? inView : [displayed, ...inView])].join(' ');
  useEffect(() => reviewLinks.watch(names === '' ? [] : (names.split(' ') as EpisodeId[])), [reviewLinks, names]);
  useEffect(() => {
    if (revision !== null) void reviewLinks.refresh();
  }, [reviewLinks, revision]);
}

/** Sends a lane's decision to the review queue, or leads to it there. */
export function ReviewLink({ row, lane }: { readonly row: DecisionRow; readonly lane: Lane }) {
  const { reviewLinks } = useLiveFeature();
  const label = useReviewLinks(({ labels }) => labelOf(labels, row, lane));
  const sending = useReviewLinks((model) => model.sending);
  const isPointedAt = useLive(({ messageLane }) => lanePointedAt(row, messageLane) === lane);
  if (row.cells[lane] === null) return null;
  if (label !== null) {
    return (
      <a
        className={styles['queued']}
        href={placeHref('review', { path: [label.itemId] })}
        title={`In the review queue: ${STATE_WORDS[label.state]}`}
        data-testid={`lane-${lane}-queued`}
      >
        <Icon name="review" size={12} />
        <span>
          In review<span className={styles['state']}>, {STATE_WORDS[label.state]}</span>
        </span>
      </a>
    );
  }
  return (
    <Button
      size="small"
      icon="send"
      variant="quiet"
      aria-label={`Send the ${lane} lane’s decision to review`}
      title="Send to review"
      {...(isPointedAt ? { command: 'live.review' } : {})}
      keyIn="title"
      testId={`lane-${lane}-send`}
      disabled={sending}
      onClick={() => void reviewLinks.send(row, lane)}
    />
  );
}

/** The mark of a row that lies in the queue, or the way there. */
export function RowReviewLink({ row }: { readonly row: DecisionRow }) {
  const { reviewLinks, store } = useLiveFeature();
  const label = useReviewLinks(({ labels }) => labelOf(labels, row, 'trained') ?? labelOf(labels, row, 'baseline'));
  if (label !== null) {
    return (
      <a
        className={styles['mark']}
        href={placeHref('review', { path: [label.itemId] })}
        tabIndex={-1}
        aria-label={`In the review queue: ${STATE_WORDS[label.state]}`}
        title={`In the review queue: ${STATE_WORDS[label.state]}`}
        data-testid="row-queued"
        onClick={(event) => event.stopPropagation()}
      >
        <Icon name="review" size={14} />
      </a>
    );
  }
  return (
    <button
      type="button"
      className={styles['send']}
      tabIndex={-1}
      aria-label="Send to review"
      title="Send to review"
      data-testid="row-send"
      onClick={(event) => {
        event.stopPropagation();
        store.setState({ selection: { key: row.key, number: row.number } });
        void reviewLinks.send(row, lanePointedAt(row, store.getState().messageLane));
      }}
    >
      <Icon name="send" size={14} />
    </button>
  );
}

/** What came of sending the last decision, with the way to it. */
export function SentNotice() {
  const { reviewLinks } = useLiveFeature();
  const sent = useReviewLinks((model) => model.sent);
  if (sent === null) return null;
  const dismiss = <Button icon="close" variant="quiet" aria-label="Dismiss" onClick={() => reviewLinks.store.setState({ sent: null })} />;
  if (sent.state === 'failed') {
    const { message, advice } = sent.problem;
    return <Notice tone="problem" testId="live-sent" title={message} advice={advice} actions={dismiss} />;
  }
  return (
    <Notice
      tone="info"
      testId="live-sent"
      title={sent.created ? 'Sent to the review queue.' : 'It was in the review queue already; it is flagged now.'}
      actions={
        <>
          <a className={styles['open']} href={placeHref('review', { path: [sent.itemId] })}>
            Open it
          </a>
          {dismiss}
        </>
      }
    />
  );
}

export function useReviewCommands(): void {
  const { reviewLinks, store } = useLiveFeature();
  const has = useLive(({ view, selection }) => view !== null && displayedRow(view, selection) !== null);
  const commands = useMemo<readonly Command[]>(() => {
    const pointedAt = () => {
      const { view, selection, messageLane } = store.getState();
      const row = view === null ? null : displayedRow(view, selection);
      return row === null ? null : { row, lane: lanePointedAt(row, messageLane) };
    };
    return [
      {
        id: 'live.review',
        enabled: has,
        run: () => {
          const at = pointedAt();
          if (at === null) return;
          // What is sent stays in view.
          store.setState({ selection: { key: at.row.key, number: at.row.number } });
          void reviewLinks.send(at.row, at.lane);
        },
      },
      {
        id: 'live.review.open',
        enabled: has,
        run: () => {
          const at = pointedAt();
          const label = at === null ? null : labelOf(reviewLinks.store.getState().labels, at.row, at.lane);
          if (label !== null) goToPlace(placeHref('review', { path: [label.itemId] }));
        },
      },
    ];
  }, [reviewLinks, store, has]);
  useCommands(commands);
}
