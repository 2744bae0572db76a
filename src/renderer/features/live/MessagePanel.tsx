import type { Verdict } from '../../../contract/episodes.ts';
import { LANES, type Lane, type LaneStep, type PerLane } from '../../../contract/live.ts';
import { words } from '../../lib/format.ts';
import { LANE_NAMES } from '../../lib/laneNames.ts';
import { MessageDetails } from '../../widgets/message/MessageDetails.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { messagesDiffer } from './decisionRow.ts';
import { useDisplayed, type Displayed } from './displayed.ts';
import { useLive, useLiveFeature } from './LiveContext.ts';
import styles from './MessagePanel.module.css';

export function otherLane(lane: Lane): Lane {
  return lane === 'baseline' ? 'trained' : 'baseline';
}

/** Shows the given lane's message, or the other's when this lane did not see the position. */
function stepToShow(steps: PerLane<LaneStep | null>, preferred: Lane): LaneStep | null {
  return steps[preferred] ?? steps[otherLane(preferred)];
}

/** The incoming message as it crossed the gateway, with its context; the truth about it stands below once it is decided. */
export function MessagePanel() {
  const displayed = useDisplayed();
  const messageLane = useLive((model) => model.messageLane);
  const hasView = useLive(({ view }) => view !== null);
  const step = displayed === null ? null : stepToShow(displayed.steps, messageLane);
  return (
    <Panel
      label="Incoming message"
      testId="message-panel"
      title={
        displayed === null ? (
          'Incoming message'
        ) : (
          <>
            <span className={styles['kind']}>{words(displayed.row.kind)}</span>
            {messagesDiffer(displayed.row) ? null : (
              <span className={styles['place']}>
                episode {displayed.row.episodeIndex + 1}, message {displayed.row.position + 1}
              </span>
            )}
          </>
        )
      }
      actions={displayed === null ? undefined : <LaneSwitch displayed={displayed} shown={step?.lane ?? messageLane} />}
    >
      {displayed === null || step === null ? (
        <NoMessage displayed={displayed} hasView={hasView} />
      ) : (
        <MessageDetails step={step} verdicts={verdictsOf(displayed)} />
      )}
    </Panel>
  );
}

function NoMessage({ displayed, hasView }: { readonly displayed: Displayed | null; readonly hasView: boolean }) {
  if (displayed === null) {
    return hasView ? (
      <Empty title="No message played yet">
        The environment plays an adversary against an MCP gateway. Play one message with Next message, or let it run with Live.
      </Empty>
    ) : (
      <Empty title="Loading…" />
    );
  }
  if (displayed.fetching?.state !== 'failed') return <Empty title="Reading the step from the store…" />;
  const { message, advice } = displayed.fetching.problem;
  return <Empty title={message}>{advice ?? 'The table keeps its summary.'}</Empty>;
}

/** When the adversary answered one lane's block with a mutated retry, the lanes saw different messages. */
function LaneSwitch({ displayed, shown }: { readonly displayed: Displayed; readonly shown: Lane }) {
  const { store } = useLiveFeature();
  if (!messagesDiffer(displayed.row)) return null;
  return (
    <div className={styles['switch']} role="group" aria-label="Message seen by">
      <span className={styles['differs']}>Lanes differ</span>
      {LANES.map((lane) => (
        <button
          key={lane}
          type="button"
          className={styles['switchButton']}
          aria-pressed={lane === shown}
          data-testid={`message-lane-${lane}`}
          onClick={() => store.setState({ messageLane: lane })}
        >
          {LANE_NAMES[lane]}
          {displayed.row.cells[lane]?.retry === true ? ' (retry)' : ''}
        </button>
      ))}
    </div>
  );
}

function verdictsOf({ row }: Displayed): PerLane<Verdict | null> {
  return { baseline: row.cells.baseline?.verdict ?? null, trained: row.cells.trained?.verdict ?? null };
}
