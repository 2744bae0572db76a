import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, type KeyboardEvent, type ReactNode } from 'react';
import type { ReviewItemId, ReviewRow } from '../../../contract/review.ts';
import { classes } from '../../lib/classes.ts';
import { count, fixed, words } from '../../lib/format.ts';
import { ActionMarkIcon } from '../../widgets/ActionChip.tsx';
import { Button } from '../../widgets/Button.tsx';
import { gridTarget } from '../../widgets/grid/gridKeys.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useReview, useReviewFeature } from './ReviewContext.ts';
import { CAUSE_NAMES, STATE_NAMES } from './reviewWords.ts';
import { OPEN_FILTER } from './reviewStore.ts';
import styles from './QueuePane.module.css';

const ROW_HEIGHT = 48;
const OVERSCAN = 8;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 60;

/** The queue under its filter; the open item is the selected row. */
export function QueuePane({ onOpen }: { readonly onOpen: (id: ReviewItemId) => void }) {
  const { session } = useReviewFeature();
  const queue = useReview((model) => model.queue);
  const value = queue.state === 'ready' ? queue.value : null;
  return (
    <Panel
      label="Queue"
      testId="review-queue"
      title={
        <>
          Queue <span className={styles['count']}>{value === null ? '' : count(value.total)}</span>
        </>
      }
      actions={
        <Button
          size="small"
          variant="primary"
          testId="review-next"
          title="Reserve the next item that is yours to decide"
          onClick={() => void session.next()}
        >
          Next
        </Button>
      }
    >
      {queue.state === 'loading' ? <Empty title="Reading the queue…" /> : null}
      {queue.state === 'failed' ? (
        <Empty title={queue.problem.message}>
          <Button onClick={() => void session.reload()}>Try again</Button>
        </Empty>
      ) : null}
      {value !== null && value.rows.length === 0 ? <Nothing /> : null}
      {value !== null && value.rows.length > 0 ? <Rows rows={value.rows} total={value.total} onOpen={onOpen} /> : null}
    </Panel>
  );
}

function Nothing() {
  const { session } = useReviewFeature();
  const filter = useReview((model) => model.filter);
  const overview = useReview((model) => model.overview);
  const all = Object.values(overview?.byStatus ?? {}).reduce((sum, items) => sum + items, 0);
  if (all === 0) {
    return (
      <Empty title="Nothing to review yet">
        Disputed SEMANTIC_DIFF decisions come here from live comparisons, replays and the gateway. Run a comparison on the Live page.
      </Empty>
    );
  }
  const open = JSON.stringify(filter) === JSON.stringify(OPEN_FILTER);
  return (
    <Empty title={open ? 'Everything is decided' : 'No item matches the filter'}>
      <Button onClick={() => session.setFilter(open ? {} : OPEN_FILTER)}>{open ? 'Show decided items' : 'Clear the filter'}</Button>
    </Empty>
  );
}

interface RowsProps {
  readonly rows: readonly ReviewRow[];
  readonly total: number;
  readonly onOpen: (id: ReviewItemId) => void;
}

function Rows({ rows, total, onOpen }: RowsProps) {
  const { session } = useReviewFeature();
  const selected = useReview((model) => model.selected);
  const text = useReview((model) => model.filter.text ?? '');
  const grid = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not in use; the virtualizer's result is not memoised
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => grid.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD && rows.length < total) void session.loadMore();
  }, [last, rows, total, session]);
  const at = useMemo(() => rows.findIndex(({ id }) => id === selected), [rows, selected]);
  useEffect(() => {
    if (at >= 0) virtualizer.scrollToIndex(at, { align: 'auto' });
  }, [at, virtualizer]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const target = gridTarget(event, { at, rows: rows.length, rowHeight: ROW_HEIGHT, height: grid.current?.clientHeight ?? 0 });
    const row = target === null ? undefined : rows[target];
    if (row === undefined) return;
    event.preventDefault();
    onOpen(row.id);
  };

  return (
    <div
      ref={grid}
      className={styles['grid']}
      role="grid"
      aria-label="Review items"
      aria-rowcount={total}
      aria-activedescendant={at >= 0 ? `review-${selected ?? ''}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={styles['rows']} style={{ blockSize: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <Row key={row.id} row={row} index={index} start={start} selected={row.id === selected} text={text} onOpen={onOpen} />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: ReviewRow;
  readonly index: number;
  readonly start: number;
  readonly selected: boolean;
  readonly text: string;
  readonly onOpen: (id: ReviewItemId) => void;
}

const Row = memo(function Row({ row, index, start, selected, text, onOpen }: RowProps) {
  return (
    <div
      id={`review-${row.id}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={selected}
      className={styles['row']}
      style={{ transform: `translateY(${start}px)` }}
      data-testid="review-row"
      data-state={row.state}
      onClick={() => onOpen(row.id)}
    >
      <div role="gridcell" className={styles['name']}>
        <Highlighted text={row.server} search={text} />
        {row.tool === null ? null : (
          <span className={styles['muted']}>
            {' / '}
            <Highlighted text={row.tool} search={text} />
          </span>
        )}
      </div>
      <div
        role="gridcell"
        className={styles['state']}
        data-state={row.state}
        title={row.heldBy === null ? undefined : `${row.heldBy} works on it`}
      >
        {STATE_NAMES[row.state]}
      </div>
      <div role="gridcell" className={classes(styles['causes'], styles['muted'])}>
        <span className={styles['severity']} data-severity={row.severity} title={`Severity ${row.severity}`} />
        {words(row.kind)}, {row.causes.map((cause) => CAUSE_NAMES[cause].toLowerCase()).join(', ')}
      </div>
      <div role="gridcell" className={styles['actions']}>
        <Actions row={row} />
      </div>
    </div>
  );
});

/** Baseline and trained action, and how near the border they are; nothing of it on a blind item. */
function Actions({ row }: { readonly row: ReviewRow }): ReactNode {
  if (row.actions === null) return <span className={styles['blind']}>blind</span>;
  const { baseline, trained } = row.actions;
  return (
    <>
      {baseline === null ? null : <ActionMarkIcon action={baseline} size={14} />}
      {trained === null ? null : <ActionMarkIcon action={trained} size={14} />}
      <span className="visually-hidden">
        {baseline === null ? '' : `baseline ${words(baseline)}, `}
        {trained === null ? '' : `trained ${words(trained)}, `}
      </span>
      <span className={styles['margin']} title="Margin to the nearest decision border">
        {fixed(row.margin, 2)}
      </span>
    </>
  );
}

/** Text with the searched part marked; still text, hostile characters boxed. */
function Highlighted({ text, search }: { readonly text: string; readonly search: string }) {
  const at = search.trim() === '' ? -1 : text.toLowerCase().indexOf(search.trim().toLowerCase());
  if (at < 0) return <HostileText text={text} />;
  const end = at + search.trim().length;
  return (
    <>
      <HostileText text={text.slice(0, at)} />
      <mark>
        <HostileText text={text.slice(at, end)} />
      </mark>
      <HostileText text={text.slice(end)} />
    </>
  );
}
