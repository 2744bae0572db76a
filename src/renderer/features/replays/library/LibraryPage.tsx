import { useEffect, useMemo, useRef, type RefObject } from 'react';
import { useStore } from 'zustand';
import type { EpisodeId } from '../../../../contract/ids.ts';
import type { Command } from '../../../app/commands.ts';
import { useSystem } from '../../../app/SystemContext.ts';
import { useCommands } from '../../../app/useCommands.ts';
import { count, percent, plural } from '../../../lib/format.ts';
import { useConnectionState, usePlatform } from '../../../platform/PlatformContext.ts';
import { Button } from '../../../widgets/Button.tsx';
import { Notice } from '../../../widgets/Notice.tsx';
import { Panel } from '../../../widgets/Panel.tsx';
import { LibraryFilters } from './LibraryFilters.tsx';
import { librarySession, type LibraryModel, type LibrarySession } from './librarySession.ts';
import { LibraryTable } from './LibraryTable.tsx';
import { openEpisode } from './openEpisode.ts';
import { TagField } from './TagField.tsx';
import styles from './LibraryPage.module.css';

/** Every stored episode: found, sorted, marked, moved in and out. */
export function LibraryPage() {
  const platform = usePlatform();
  const session = librarySession(platform);
  const connected = useConnectionState().status === 'open';
  useEffect(() => {
    if (connected) void session.refresh();
  }, [connected, session]);
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  useLibraryCommands(session, search, grid);
  const matching = useStore(session.store, (model) => model.matching);
  const loading = useStore(session.store, (model) => model.loading === 'first');
  return (
    <div className={styles['page']}>
      <h1 className="visually-hidden">Replays</h1>
      <LibraryFilters session={session} search={search} onSearched={() => grid.current?.focus()} />
      <Messages session={session} />
      <Panel
        label="Episodes"
        className={styles['list']}
        title={
          <>
            Episodes
            <span className={styles['count']} role="status" data-testid="library-count">
              {count(matching)}
              {loading ? ', loading…' : ''}
            </span>
          </>
        }
        actions={<Actions session={session} />}
      >
        <LibraryTable session={session} ref={grid} />
      </Panel>
    </div>
  );
}

/** The episodes that a command acts on: the selected ones, else the active row. */
function chosen(session: LibrarySession): readonly EpisodeId[] {
  const { selected, active } = session.store.getState();
  return selected.size > 0 ? [...selected] : active === null ? [] : [active];
}

function useLibraryCommands(
  session: LibrarySession,
  search: RefObject<HTMLInputElement | null>,
  grid: RefObject<HTMLDivElement | null>,
): void {
  const any = useStore(session.store, (model) => model.selected.size > 0 || model.active !== null);
  const undoable = useStore(session.store, (model) => model.deleted.length > 0);
  const commands = useMemo<readonly Command[]>(() => {
    return [
      { id: 'library.search', enabled: true, run: () => search.current?.focus() },
      { id: 'library.table', enabled: true, run: () => grid.current?.focus() },
      {
        id: 'library.open',
        enabled: any,
        run: () => {
          const { active } = session.store.getState();
          if (active !== null) openEpisode(active);
        },
      },
      {
        id: 'library.pin',
        enabled: any,
        run: () => {
          const ids = chosen(session);
          const pinned = session.store.getState().rows?.find(({ id }) => id === ids[0])?.pinned ?? false;
          void session.pin(ids, !pinned);
        },
      },
      { id: 'library.delete', enabled: any, run: () => void session.remove(chosen(session)) },
      { id: 'library.undo', enabled: undoable, run: () => void session.restore(session.store.getState().deleted) },
    ];
  }, [session, search, grid, any, undoable]);
  useCommands(commands);
}

/** One pass over the rows, and only when they or the selection have changed. */
function onlyPinnedSelected({ rows, selected }: LibraryModel): boolean {
  return selected.size > 0 && rows?.some(({ id, pinned }) => !pinned && selected.has(id)) === false;
}

function Actions({ session }: { readonly session: LibrarySession }) {
  const selected = useStore(session.store, (model) => model.selected);
  const allPinned = useStore(session.store, onlyPinnedSelected);
  const busy = useStore(session.store, (model) => model.transfer !== null);
  const matching = useStore(session.store, (model) => model.matching);
  const shown = useStore(session.store, (model) => model.filter.deleted);
  const version = useSystem(({ info }) => info?.version ?? '');
  const file = useRef<HTMLInputElement>(null);
  const ids = [...selected];
  return (
    <>
      {ids.length === 0 ? null : (
        <>
          <span className={styles['count']}>{count(ids.length)} selected</span>
          {shown ? (
            <Button size="small" icon="back" testId="library-restore" onClick={() => void session.restore(ids)}>
              Restore
            </Button>
          ) : (
            <>
              <Button size="small" icon="pin" command="library.pin" onClick={() => void session.pin(ids, !allPinned)}>
                {allPinned ? 'Unpin' : 'Pin'}
              </Button>
              <TagField onTag={(tag) => void session.addTag(ids, tag)} />
              <Button size="small" icon="trash" command="library.delete" testId="library-delete" onClick={() => void session.remove(ids)}>
                Delete
              </Button>
            </>
          )}
        </>
      )}
      <Button
        size="small"
        icon="export"
        testId="library-export"
        disabled={busy || matching === 0}
        title="One file with the episodes and the SHA-256 of each"
        onClick={() => void session.exportFile(ids.length === 0 ? null : ids, version)}
      >
        {ids.length === 0 ? 'Export all shown' : 'Export selected'}
      </Button>
      <Button size="small" icon="import" testId="library-import" disabled={busy} onClick={() => file.current?.click()}>
        Import
      </Button>
      <input
        ref={file}
        className="visually-hidden"
        type="file"
        accept=".jsonl,application/jsonl"
        aria-label="Episode file"
        tabIndex={-1}
        data-testid="library-file"
        onChange={(event) => {
          const [picked] = event.target.files ?? [];
          if (picked !== undefined) void session.importFile(picked);
          event.target.value = '';
        }}
      />
    </>
  );
}

/** What went wrong, what was done, and the way back. */
function Messages({ session }: { readonly session: LibrarySession }) {
  const { store } = session;
  const problem = useStore(store, (model) => model.problem);
  const notice = useStore(store, (model) => model.notice);
  const deleted = useStore(store, (model) => model.deleted);
  const transfer = useStore(store, (model) => model.transfer);
  return (
    <>
      {problem === null ? null : (
        <Notice
          tone="problem"
          testId="library-problem"
          title={problem.message}
          advice={problem.advice}
          actions={<Button icon="close" variant="quiet" aria-label="Dismiss" onClick={() => store.setState({ problem: null })} />}
        />
      )}
      {transfer === null ? null : (
        <Notice
          tone="info"
          title={transfer.kind === 'export' ? 'Exporting…' : 'Importing…'}
          advice={transfer.total === 0 ? '' : `${percent(transfer.done / transfer.total, 0)} done.`}
          actions={<Button onClick={session.cancelTransfer}>Cancel</Button>}
        />
      )}
      {notice === null && deleted.length === 0 ? null : (
        <Notice
          tone="info"
          testId="library-notice"
          title={notice ?? `${plural(deleted.length, 'episode')} deleted.`}
          advice={deleted.length === 0 ? '' : 'Deleted episodes can be restored for 30 days.'}
          actions={
            <>
              {deleted.length === 0 ? null : (
                <Button command="library.undo" testId="library-undo" onClick={() => void session.restore(deleted)}>
                  Undo
                </Button>
              )}
              <Button icon="close" variant="quiet" aria-label="Dismiss" onClick={() => store.setState({ notice: null, deleted: [] })} />
            </>
          }
        />
      )}
    </>
  );
}
