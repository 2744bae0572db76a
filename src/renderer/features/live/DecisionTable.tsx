import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, type KeyboardEvent, type RefObject } from 'react';
import { LANES } from '../../../contract/live.ts';
import type { Command } from '../../app/commands.ts';
import { useKeyTitle, useSearchPlaceholder } from '../../app/keys/useKeys.ts';
import { useCommands } from '../../app/useCommands.ts';
import { classes } from '../../lib/classes.ts';
import { count, milliseconds, signed, words } from '../../lib/format.ts';
import { ActionLabel } from '../../widgets/ActionChip.tsx';
import { Button } from '../../widgets/Button.tsx';
import { GridHead } from '../../widgets/grid/GridHead.tsx';
import { gridTarget } from '../../widgets/grid/gridKeys.ts';
import shared from '../../widgets/grid/grid.module.css';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { SearchField } from '../../widgets/SearchField.tsx';
import { Toggle, ToggleGroup } from '../../widgets/Toggle.tsx';
import { VerdictBadge } from '../../widgets/VerdictBadge.tsx';
import { messagesDiffer, ROW_FILTERS, type DecisionRow, type LaneCell, type RowFilter } from './decisionRow.ts';
import { displayedRow } from './displayed.ts';
import { useLive, useLiveFeature } from './LiveContext.ts';
import type { LiveStore } from './liveStore.ts';
import { createRowFilter } from './rowFilter.ts';
import { RowReviewLink, useWatchedEpisodes } from './ReviewLink.tsx';
import styles from './DecisionTable.module.css';

const ROW_HEIGHT = 28;
const OVERSCAN = 8;
const NO_ROWS: readonly DecisionRow[] = [];

const FILTER_NAMES: { readonly [F in RowFilter]: string } = {
  all: 'All',
  disagreements: 'Disagreements',
  breaches: 'Breaches',
  false_alarms: 'False alarms',
};

/** Every decision of the comparison, both lanes side by side. Picking a row shows it in the panels and leaves the live tail. */
export function DecisionTable() {
  const { store } = useLiveFeature();
  const rows = useLive(({ view }) => view?.rows ?? NO_ROWS);
  const filter = useLive((model) => model.filter);
  const search = useLive((model) => model.search);
  const selection = useLive((model) => model.selection);
  const shownKey = useLive((model) => (model.view === null ? null : (displayedRow(model.view, model.selection)?.key ?? null)));
  const select = useMemo(() => createRowFilter(filter, search), [filter, search]);
  const shown = useMemo(() => select(rows), [select, rows]);
  const followTitle = useKeyTitle('Panels and table follow the newest decision', 'table.follow');
  const placeholder = useSearchPlaceholder('table.search');
  const searchField = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const toTail = useCallback(() => store.setState({ selection: null }), [store]);

  const commands = useMemo<readonly Command[]>(
    () => [
      { id: 'table.search', enabled: true, run: () => searchField.current?.focus() },
      { id: 'table.focus', enabled: true, run: () => grid.current?.focus() },
      { id: 'table.follow', enabled: true, run: toTail },
    ],
    [toTail],
  );
  useCommands(commands);

  return (
    <Panel
      label="Decisions"
      className={styles['panel']}
      title={
        <>
          Decisions
          <span className={styles['count']}>
            {shown.length === rows.length ? count(rows.length) : `${count(shown.length)} of ${count(rows.length)}`}
          </span>
        </>
      }
      actions={
        <>
          <Button
            variant={selection === null ? 'quiet' : 'primary'}
            size="small"
            testId="live-tail"
            aria-pressed={selection === null}
            title={followTitle}
            onClick={toTail}
          >
            {selection === null ? 'Following live' : 'Back to live'}
          </Button>
          <ToggleGroup label="Filter">
            {ROW_FILTERS.map((name) => (
              <Toggle key={name} on={name === filter} testId={`filter-${name}`} onToggle={() => store.setState({ filter: name })}>
                {FILTER_NAMES[name]}
              </Toggle>
            ))}
          </ToggleGroup>
          <SearchField
            ref={searchField}
            label="Search decisions"
            placeholder={placeholder}
            size="small"
            testId="decision-search"
            value={search}
            onChange={(value) => store.setState({ search: value })}
            onLeave={() => grid.current?.focus()}
          />
        </>
      }
    >
      <Grid ref={grid} rows={shown} total={rows.length} shownKey={shownKey} following={selection === null} store={store} />
    </Panel>
  );
}

interface GridProps {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly rows: readonly DecisionRow[];
  readonly total: number;
  readonly shownKey: string | null;
  readonly following: boolean;
  readonly store: LiveStore;
}

function Grid({ ref, rows, total, shownKey, following, store }: GridProps) {
  // In a fast stream more rows come at once than are drawn ahead; the tail is drawn before the table scrolls to it.
  const rangeExtractor = useCallback((range: Range) => (following ? withTail(range) : defaultRangeExtractor(range)), [following]);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not in use; the virtualizer's result is not memoised
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => ref.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    rangeExtractor,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtualizer.getVirtualItems();
  useWatchedEpisodes(items.flatMap(({ index }) => rows[index]?.episodeId ?? []));
  const firstNumber = useRef(rows[0]?.number ?? 1);

  // The tail keeps the newest row in view; a detached table keeps its place when old rows leave memory.
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const first = rows[0]?.number ?? 1;
    const gone = first - firstNumber.current;
    firstNumber.current = first;
    if (following) element.scrollTop = element.scrollHeight;
    else if (gone > 0 && rows.length === total) element.scrollTop -= gone * ROW_HEIGHT;
  }, [ref, rows, total, following]);

  const pick = useCallback((row: DecisionRow) => store.setState({ selection: { key: row.key, number: row.number } }), [store]);

  /** Scrolling up means reading: the panels stay with what they show. */
  const detach = (): void => {
    const row = rows.findLast(({ key }) => key === shownKey);
    if (row !== undefined) pick(row);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const at = rows.findLastIndex((row) => row.key === shownKey);
    const index = gridTarget(event, { at, rows: rows.length, rowHeight: ROW_HEIGHT, height: ref.current?.clientHeight ?? 0 });
    if (index === null) return;
    event.preventDefault();
    const row = rows[index];
    if (row === undefined) return;
    pick(row);
    virtualizer.scrollToIndex(index, { align: 'auto' });
  };

  return (
    <div
      ref={ref}
      className={classes(shared['grid'], styles['grid'])}
      role="grid"
      aria-label="Decisions"
      aria-rowcount={rows.length + 1}
      aria-multiselectable="false"
      aria-activedescendant={shownKey === null ? undefined : rowId(shownKey)}
      tabIndex={0}
      data-testid="decision-table"
      onKeyDown={onKeyDown}
      onWheel={({ deltaY }) => {
        if (following && deltaY < 0) detach();
      }}
    >
      <div className={classes(shared['row'], shared['head'], styles['columns'])} role="row" aria-rowindex={1}>
        <GridHead right title="Rows since this page was opened or the comparison began">
          #
        </GridHead>
        <GridHead right title="Episode">
          Ep.
        </GridHead>
        <GridHead right title="Position in the episode">
          Pos.
        </GridHead>
        <GridHead>Kind</GridHead>
        <GridHead>Server / tool</GridHead>
        <GridHead>Truth</GridHead>
        {LANES.map((lane) => (
          <LaneHead key={lane} lane={lane} />
        ))}
        <GridHead title="Lies in the review queue, or can be sent there">
          <span className="visually-hidden">Review</span>
        </GridHead>
      </div>
      {rows.length === 0 ? (
        <div role="row">
          <div role="gridcell" className={styles['emptyCell']}>
            {total === 0 ? (
              <Empty title="No decisions yet">Each message appears here once a lane has decided on it.</Empty>
            ) : (
              <NothingMatches store={store} />
            )}
          </div>
        </div>
      ) : (
        <div className={shared['rows']} role="rowgroup" style={{ blockSize: virtualizer.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row key={row.key} row={row} index={index} start={start} selected={row.key === shownKey} onPick={pick} />
            );
          })}
        </div>
      )}
    </div>
  );
}

/** The rows in view and those that will be once the table has scrolled to its end. */
function withTail(range: Range): number[] {
  const height = range.endIndex - range.startIndex + 1 + OVERSCAN;
  const tail = Array.from({ length: Math.min(range.count, height) }, (_, index) => range.count - 1 - index);
  return [...new Set([...defaultRangeExtractor(range), ...tail.reverse()])];
}

function NothingMatches({ store }: { readonly store: LiveStore }) {
  return (
    <Empty title="No decision matches the filter">
      <Button onClick={() => store.setState({ filter: 'all', search: '' })}>Clear filter and search</Button>
    </Empty>
  );
}

function rowId(key: string): string {
  return `decision-${key.replace('/', '-')}`;
}

function LaneHead({ lane }: { readonly lane: (typeof LANES)[number] }) {
  return (
    <>
      <div role="columnheader" className={classes(styles['lane'], styles['laneHead'])}>
        {lane === 'baseline' ? 'Baseline' : 'Trained'}
      </div>
      <GridHead right title={`Reward of the ${lane} lane`}>
        Reward
      </GridHead>
      <GridHead right title={`Decision time of the ${lane} lane, milliseconds`}>
        ms
      </GridHead>
    </>
  );
}

interface RowProps {
  readonly row: DecisionRow;
  readonly index: number;
  readonly start: number;
  readonly selected: boolean;
  readonly onPick: (row: DecisionRow) => void;
}

const Row = memo(function Row({ row, index, start, selected, onPick }: RowProps) {
  const { baseline, trained } = row.cells;
  const base = baseline?.retry === true ? (trained ?? baseline) : (baseline ?? trained);
  const differ = messagesDiffer(row);
  return (
    <div
      id={rowId(row.key)}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={classes(shared['row'], styles['columns'])}
      style={{ transform: `translateY(${start}px)` }}
      data-testid="decision-row"
      data-breach={baseline?.verdict === 'FN' || trained?.verdict === 'FN'}
      onClick={() => onPick(row)}
    >
      <div role="gridcell" className={classes(shared['right'], styles['muted'])}>
        {count(row.number)}
      </div>
      <div role="gridcell" className={shared['right']}>
        {row.episodeIndex + 1}
      </div>
      <div role="gridcell" className={shared['right']}>
        {row.position + 1}
      </div>
      <div role="gridcell" title={words(row.kind)}>
        {row.kind === 'manifest_changed' ? 'changed' : row.kind}
      </div>
      <div role="gridcell">
        <HostileText text={row.server} />
        {row.tool === null ? null : (
          <span className={styles['muted']}>
            {' / '}
            <HostileText text={row.tool} />
          </span>
        )}
      </div>
      <div role="gridcell" className={classes(base?.malicious === true ? styles['malicious'] : styles['muted'])}>
        {base === null || base === undefined
          ? ''
          : base.malicious
            ? words(base.vector)
            : base.vector === 'none'
              ? 'benign'
              : `benign, ${words(base.vector)}`}
        {differ ? (
          <span className={styles['differs']} title="One lane saw a mutated retry instead">
            {' ≠'}
          </span>
        ) : null}
      </div>
      <LaneCells cell={baseline} />
      <LaneCells cell={trained} />
      <div role="gridcell" className={styles['review']}>
        <RowReviewLink row={row} />
      </div>
    </div>
  );
});

function LaneCells({ cell }: { readonly cell: LaneCell | null }) {
  if (cell === null) {
    return (
      <>
        <div role="gridcell" className={classes(styles['lane'], styles['muted'])}>
          waits
        </div>
        <div role="gridcell" />
        <div role="gridcell" />
      </>
    );
  }
  return (
    <>
      <div role="gridcell" className={classes(styles['lane'], styles['decision'])}>
        <ActionLabel action={cell.action} />
        <VerdictBadge verdict={cell.verdict} />
      </div>
      <div role="gridcell" className={shared['right']}>
        {signed(cell.reward)}
      </div>
      <div role="gridcell" className={classes(shared['right'], styles['muted'])}>
        {milliseconds(cell.decisionMs)}
      </div>
    </>
  );
}

/** Asks the store for the steps of a picked row that are no longer in memory. */
export function useFetchDetails(): void {
  const { session } = useLiveFeature();
  const missing = useLive(({ view, selection }) => {
    if (view === null || selection === null) return null;
    const row = displayedRow(view, selection);
    return row === null || row.steps !== null ? null : row.episodeId;
  });
  useEffect(() => {
    if (missing !== null) void session.fetchEpisode(missing);
  }, [missing, session]);
}
