import { useMemo } from 'react';
import type { Command } from '../../app/commands.ts';
import { useCommands } from '../../app/useCommands.ts';
import { Button } from '../../widgets/Button.tsx';
import { Notice } from '../../widgets/Notice.tsx';
import { ControlStrip, useAllowedCommands } from './ControlStrip.tsx';
import { DecisionTable, useFetchDetails } from './DecisionTable.tsx';
import { displayedRow } from './displayed.ts';
import { LanePanel } from './LanePanel.tsx';
import { LiveAnnouncer } from './LiveAnnouncer.tsx';
import { useLive, useLiveFeature } from './LiveContext.ts';
import { MessagePanel, otherLane } from './MessagePanel.tsx';
import { messagesDiffer } from './decisionRow.ts';
import { SentNotice, useReviewCommands } from './ReviewLink.tsx';
import { RewardChart } from './RewardChart.tsx';
import styles from './LivePage.module.css';

/** The comparison as it happens: one stream, two models, every decision. */
export function LivePage() {
  useLiveCommands();
  useReviewCommands();
  useFetchDetails();
  return (
    <div className={styles['page']}>
      <h1 className="visually-hidden">Live comparison</h1>
      <ControlStrip />
      <Problems />
      <SentNotice />
      <div className={styles['panels']}>
        <div className={styles['now']}>
          <MessagePanel />
          <LanePanel lane="baseline" />
          <LanePanel lane="trained" />
        </div>
        <div className={styles['history']}>
          <RewardChart />
          <DecisionTable />
        </div>
      </div>
      <LiveAnnouncer />
    </div>
  );
}

function useLiveCommands(): void {
  const { session, store } = useLiveFeature();
  const allowed = useAllowedCommands();
  const commands = useMemo<readonly Command[]>(() => {
    const toggle = allowed.pause ? session.pause : session.start;
    return [
      { id: 'live.next', enabled: allowed.next, run: () => void session.next() },
      { id: 'live.start', enabled: allowed.start, run: () => void session.start() },
      { id: 'live.pause', enabled: allowed.pause, run: () => void session.pause() },
      { id: 'live.toggle', enabled: allowed.pause || allowed.start, run: () => void toggle() },
      { id: 'live.stop', enabled: allowed.stop, run: () => void session.stop() },
      {
        id: 'live.lane',
        enabled: true,
        run: () => {
          const { view, selection, messageLane } = store.getState();
          const row = view === null ? null : displayedRow(view, selection);
          if (row !== null && messagesDiffer(row)) store.setState({ messageLane: otherLane(messageLane) });
        },
      },
    ];
  }, [session, store, allowed]);
  useCommands(commands);
}

/** Failures of the comparison or of the last command: the reason, and what to do. */
function Problems() {
  const { session, store } = useLiveFeature();
  const failed = useLive(({ view }) => (view?.state === 'failed' ? (view.problem ?? 'The comparison failed.') : null));
  const command = useLive((model) => model.commandProblem);
  const load = useLive((model) => model.loadProblem);
  return (
    <>
      {failed === null ? null : (
        <Notice
          tone="problem"
          testId="live-problem"
          title={failed}
          actions={
            <>
              <a className={styles['link']} href="#/models">
                Open Models
              </a>
              <Button onClick={() => void session.start()}>Try again</Button>
            </>
          }
        />
      )}
      {load === null ? null : <Notice tone="problem" title={load.message} advice={load.advice} />}
      {command === null ? null : (
        <Notice
          tone="problem"
          testId="command-problem"
          title={command.message}
          advice={command.advice}
          actions={<Button icon="close" variant="quiet" aria-label="Dismiss" onClick={() => store.setState({ commandProblem: null })} />}
        />
      )}
    </>
  );
}
