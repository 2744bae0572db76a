import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useMemo, type KeyboardEvent, type MouseEvent, type RefObject } from 'react';
import { useStore } from 'zustand';
import type { EpisodeId } from '../../../../contract/ids.ts';
import { LANES, type Lane } from '../../../../contract/live.ts';
import type { LibraryEpisode } from '../../../../contract/replays.ts';
import { placeHref } from '../../../app/useRoute.ts';
import { classes } from '../../../lib/classes.ts';
import { count, middle, PHASE_NAMES, plural, signed, words } from '../../../lib/format.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';
import { Button } from '../../../widgets/Button.tsx';
import { GridHead } from '../../../widgets/grid/GridHead.tsx';
import { gridTarget } from '../../../widgets/grid/gridKeys.ts';
import shared from '../../../widgets/grid/grid.module.css';
import { HostileText } from '../../../widgets/HostileText.tsx';
import { Icon } from '../../../widgets/Icon.tsx';
import { Empty } from '../../../widgets/Notice.tsx';
import { NO_FILTER, type LibrarySession } from './librarySession.ts';
import { openEpisode } from './openEpisode.ts';
import styles from './LibraryTable.module.css';

const ROW_HEIGHT = 28;
const OVERSCAN = 8;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 60;
const NONE: readonly LibraryEpisode[] = [];
/** Made once: a formatter for each row would cost more than the row. */
const LOCAL_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

interface LibraryTableProps {
  readonly session: LibrarySession;
  readonly ref: RefObject<HTMLDivElement | null>;
}

/** The episodes, page after page as one scrolls. */
export function LibraryTable({ session, ref }: LibraryTableProps) {
  const { store } = session;
  const rows = useStore(store, (model) => model.rows) ?? NONE;
  const ready = useStore(store, (model) => model.rows !== null);
  const matching = useStore(store, (model) => model.matching);
  const more = useStore(store, (model) => model.next !== null);
  const selected = useStore(store, (model) => model.selected);
  const active = useStore(store, (model) => model.active);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not in use; the virtualizer's result is not memoised
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => ref.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtualizer.getVirtualItems();
  const activeInRows = useMemo(() => rows.some(({ id }) => id === active), [rows, active]);
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - AHEAD) void session.loadMore();
  }, [more, last, rows.length, session]);

  const toggle = useCallback(
    (id: EpisodeId, to?: EpisodeId | null) =>
      store.setState((model) => {
        const next = new Set(model.selected);
        const list = model.rows ?? NONE;
        const [from, until] = [list.findIndex((row) => row.id === to), list.findIndex((row) => row.id === id)];
        if (to == null || from === -1) {
          if (!next.delete(id)) next.add(id);
        } else
          for (let index = Math.min(from, until); index <= Math.max(from, until); index++) next.add((list[index] as LibraryEpisode).id);
        return { selected: next, active: id };
      }),
    [store],
  );
  const pick = useCallback(
    (id: EpisodeId, event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey) toggle(id);
      else if (event.shiftKey) toggle(id, store.getState().active);
      else store.setState({ active: id });
    },
    [store, toggle],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget || rows.length === 0) return;
    const at = rows.findIndex(({ id }) => id === active);
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a') {
      event.preventDefault();
      store.setState({ selected: new Set(rows.map(({ id }) => id)) });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const current = rows[at];
    if (event.key === 'Enter' && current !== undefined) openEpisode(current.id);
    if (event.key === ' ' && current !== undefined) toggle(current.id);
    if (event.key === 'Escape') store.setState({ selected: new Set() });
    if (event.key === 'Enter' || event.key === ' ' || event.key === 'Escape') {
      event.preventDefault();
      return;
    }
    const index = gridTarget(event, { at, rows: rows.length, rowHeight: ROW_HEIGHT, height: ref.current?.clientHeight ?? 0 });
    if (index === null) return;
    event.preventDefault();
    const row = rows[index];
    if (row === undefined) return;
    if (event.shiftKey) toggle(row.id, current?.id ?? null);
    else store.setState({ active: row.id });
    virtualizer.scrollToIndex(index, { align: 'auto' });
  };

  return (
    <div
      ref={ref}
      className={classes(shared['grid'], styles['grid'])}
      role="grid"
      aria-label="Episodes"
      aria-rowcount={matching + 1}
      aria-multiselectable="true"
      aria-activedescendant={active === null || !activeInRows ? undefined : `episode-${active}`}
      tabIndex={0}
      data-testid="library-table"
      onFocus={() => {
        if (store.getState().active === null && rows[0] !== undefined) store.setState({ active: rows[0].id });
      }}
      onKeyDown={onKeyDown}
    >
      <div className={classes(shared['row'], shared['head'], styles['columns'])} role="row" aria-rowindex={1}>
        <GridHead title="Selected, pinned">
          <span className="visually-hidden">Selected, pinned</span>
        </GridHead>
        <GridHead>Episode</GridHead>
        <GridHead title="When it was played">Started</GridHead>
        <GridHead>Phase</GridHead>
        <GridHead right title="Seed of the episode">
          Seed
        </GridHead>
        <GridHead right title="Messages played">
          Msg.
        </GridHead>
        <GridHead right title="Malicious messages">
          Attacks
        </GridHead>
        <GridHead right title="Messages on which the lanes chose different actions">
          ≠
        </GridHead>
        <GridHead right>Baseline</GridHead>
        <GridHead right>Trained</GridHead>
        <GridHead right title="Trained less baseline">
          Gap
        </GridHead>
        <GridHead>Outcome</GridHead>
        <GridHead>Vectors</GridHead>
        <GridHead>Tags</GridHead>
      </div>
      {rows.length === 0 ? (
        <div role="row">
          <div role="gridcell" className={styles['emptyCell']}>
            <Nothing session={session} ready={ready} />
          </div>
        </div>
      ) : (
        <div className={shared['rows']} role="rowgroup" style={{ blockSize: virtualizer.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row
                key={row.id}
                row={row}
                index={index}
                start={start}
                selected={selected.has(row.id)}
                active={row.id === active}
                onPick={pick}
                onToggle={toggle}
              />
            );
          })}
        </div>
      )}
    </div>
  );
}

function Nothing({ session, ready }: { readonly session: LibrarySession; readonly ready: boolean }) {
  const filter = useStore(session.store, (model) => model.filter);
  const problem = useStore(session.store, (model) => model.problem);
  if (problem !== null) {
    return (
      <Empty title="The episodes could not be read">
        {problem.message} <Button onClick={() => void session.refresh()}>Try again</Button>
      </Empty>
    );
  }
  if (!ready) return <Empty title="Loading…" />;
  if (JSON.stringify(filter) === JSON.stringify(NO_FILTER)) {
    return (
      <Empty title="No episodes yet">
        Every episode that a comparison plays is kept here. <a href="#/live">Play some on the Live page</a>, or import a file of episodes.
      </Empty>
    );
  }
  return (
    <Empty title={filter.deleted ? 'No deleted episodes' : 'No episode matches the filters'}>
      <Button onClick={() => session.change({ filter: NO_FILTER })}>Clear the filters</Button>
    </Empty>
  );
}

interface RowProps {
  readonly row: LibraryEpisode;
  readonly index: number;
  readonly start: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly onPick: (id: EpisodeId, event: MouseEvent) => void;
  readonly onToggle: (id: EpisodeId) => void;
}

const Row = memo(function Row({ row, index, start, selected, active, onPick, onToggle }: RowProps) {
  const gap = row.reward.trained - row.reward.baseline;
  return (
    <div
      id={`episode-${row.id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-active={active}
      className={classes(shared['row'], styles['columns'])}
      style={{ transform: `translateY(${start}px)` }}
      data-testid="library-row"
      onClick={(event) => onPick(row.id, event)}
      onDoubleClick={() => openEpisode(row.id)}
    >
      <div role="gridcell" className={styles['marks']}>
        <button
          type="button"
          className={styles['check']}
          tabIndex={-1}
          aria-pressed={selected}
          aria-label={`Select ${row.id}`}
          data-testid="library-select"
          onClick={(event) => {
            event.stopPropagation();
            onToggle(row.id);
          }}
        >
          {selected ? <Icon name="check" size={12} /> : null}
        </button>
        {row.pinned ? (
          <span title="Pinned" role="img" aria-label="Pinned">
            <Icon name="pin" size={12} />
          </span>
        ) : null}
      </div>
      <div role="gridcell" className={styles['id']}>
        <a href={placeHref('replays', { path: [row.id] })} tabIndex={-1} title={`Open ${row.id}`}>
          {middle(row.id, 6)}
        </a>
        {row.imported ? <span className={styles['muted']}> imported</span> : null}
      </div>
      <div role="gridcell" title={`${row.startedAt} UTC; ${LOCAL_TIME.format(new Date(row.startedAt))} here`}>
        {row.startedAt.slice(0, 16).replace('T', ' ')}
      </div>
      <div role="gridcell" title={PHASE_NAMES[row.phase]}>
        {PHASE_NAMES[row.phase]}
      </div>
      <div role="gridcell" className={classes(shared['right'], styles['muted'])}>
        {row.seed}
      </div>
      <div role="gridcell" className={shared['right']}>
        {count(row.messages)}
      </div>
      <div role="gridcell" className={shared['right']}>
        {count(row.attacks)}
      </div>
      <div role="gridcell" className={shared['right']}>
        {count(row.disagreements)}
      </div>
      <div role="gridcell" className={shared['right']} title={row.models.baseline}>
        {signed(row.reward.baseline)}
      </div>
      <div role="gridcell" className={shared['right']} title={row.models.trained}>
        {signed(row.reward.trained)}
      </div>
      <div role="gridcell" className={classes(shared['right'], styles['strong'])}>
        {signed(gap)}
      </div>
      <div role="gridcell" className={styles['outcome']}>
        <Outcomes row={row} />
      </div>
      <div role="gridcell" className={styles['muted']} title={row.vectors.map(words).join(', ')}>
        <HostileText text={row.vectors.map(words).join(', ')} />
      </div>
      <div role="gridcell">
        {row.tags.map((tag) => (
          <span key={tag} className={styles['tag']}>
            <HostileText text={tag} />
          </span>
        ))}
        {row.bookmarks === 0 ? null : <span className={styles['muted']}>{plural(row.bookmarks, 'bookmark')}</span>}
      </div>
    </div>
  );
});

function Outcomes({ row }: { readonly row: LibraryEpisode }) {
  const { breached, falseAlarms, finishedAt } = row;
  const names = (test: (lane: Lane) => boolean): string =>
    LANES.filter(test)
      .map((lane) => LANE_NAMES[lane])
      .join(', ');
  const breaches = names((lane) => breached[lane]);
  const alarms = LANES.reduce((sum, lane) => sum + falseAlarms[lane], 0);
  return (
    <>
      {finishedAt === null ? <span className={styles['muted']}>unfinished</span> : null}
      {breaches === '' ? null : (
        <span className={styles['breach']} title={`Breach: ${breaches}`}>
          breach {LANES.map((lane) => (breached[lane] ? LANE_NAMES[lane].charAt(0) : '')).join('')}
        </span>
      )}
      {alarms === 0 ? null : (
        <span className={styles['alarm']} title={`False alarms: baseline ${falseAlarms.baseline}, trained ${falseAlarms.trained}`}>
          {alarms} FP
        </span>
      )}
      {breaches === '' && alarms === 0 && finishedAt !== null ? <span className={styles['fine']}>no error</span> : null}
    </>
  );
}
