import type { Lane, LiveState } from '../../../contract/live.ts';
import { LANE_NAMES } from '../../lib/laneNames.ts';
import { Button } from '../../widgets/Button.tsx';
import { DecisionDetails } from '../../widgets/decision/DecisionDetails.tsx';
import { LaneFigures } from '../../widgets/decision/LaneFigures.tsx';
import { LaneEnded, LaneTitle, LaneWaits } from '../../widgets/decision/LanePanelParts.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import type { DecisionRow } from './decisionRow.ts';
import { displayedRow, useDisplayed, type Displayed } from './displayed.ts';
import { useLive, useLiveFeature } from './LiveContext.ts';
import { ReviewLink } from './ReviewLink.tsx';

/** One model's side: its running figures, and its decision on the displayed message with what followed from it. */
export function LanePanel({ lane }: { readonly lane: Lane }) {
  const model = useLive(({ view }) => view?.scope[lane] ?? null);
  const totals = useLive(({ view }) => view?.totals[lane] ?? null);
  const waits = useLive(({ view, selection }) => (view === null || selection !== null ? null : view.waiting[lane]));
  const row = useLive(({ view, selection }) => (view === null ? null : displayedRow(view, selection)));
  return (
    <Panel
      label={`${LANE_NAMES[lane]} lane`}
      testId={`lane-${lane}`}
      title={<LaneTitle lane={lane} model={model} />}
      actions={
        <>
          {waits === null ? null : (
            <LaneWaits testId={`lane-${lane}-waiting`}>{waits === 'breach' ? 'breached, waits' : 'finished, waits'}</LaneWaits>
          )}
          {row === null ? null : <ReviewLink row={row} lane={lane} />}
        </>
      }
    >
      {totals === null ? null : <LaneFigures lane={lane} totals={totals} />}
      <LaneBody lane={lane} />
    </Panel>
  );
}

function LaneBody({ lane }: { readonly lane: Lane }) {
  const displayed = useDisplayed();
  const state = useLive(({ view }) => view?.state ?? null);
  const budgetTicks = useLive(({ view }) => view?.budgetTicks ?? 0);
  const step = displayed?.steps[lane] ?? null;
  if (step === null) return <NoDecision lane={lane} displayed={displayed} state={state} />;
  return <DecisionDetails step={step} budgetTicks={budgetTicks} />;
}

function NoDecision({
  lane,
  displayed,
  state,
}: {
  readonly lane: Lane;
  readonly displayed: Displayed | null;
  readonly state: LiveState | null;
}) {
  const waits = useLive(({ view }) => view?.waiting[lane] ?? null);
  const current = useLive(({ view }) => displayed !== null && view?.episodeId === displayed.row.episodeId);
  if (displayed === null) return <Empty title={state === 'loading' ? 'Loading models…' : 'No decision yet'} />;
  if (displayed.row.cells[lane] !== null)
    return <Empty title={displayed.fetching?.state === 'failed' ? 'The step could not be read' : 'Reading the step from the store…'} />;
  if (waits === null && current && state !== 'paused') return <Empty title="Deciding…" />;
  return <Waiting lane={lane} row={displayed.row} finished={waits === 'finished' && current} />;
}

/** A lane that has ended its episode: why, and its last decision, which is not about the displayed message. */
function Waiting({ lane, row, finished }: { readonly lane: Lane; readonly row: DecisionRow; readonly finished: boolean }) {
  const { store } = useLiveFeature();
  const breach = useLive(({ view }) => (view === null ? null : breachBefore(view.rows, row, lane)));
  const budgetTicks = useLive(({ view }) => view?.budgetTicks ?? 0);
  const step = breach?.steps?.[lane] ?? null;
  if (breach === null || step === null) {
    return (
      <Empty title={finished ? 'Finished, waits for the next episode' : 'Breached, waits for the next episode'}>
        A breach ends a lane’s episode. The next episode starts for both lanes together.
      </Empty>
    );
  }
  return (
    <>
      <LaneEnded
        action={
          <Button size="small" onClick={() => store.setState({ selection: { key: breach.key, number: breach.number } })}>
            Show message
          </Button>
        }
      >
        Breached at message {breach.position + 1}, waits for the next episode.
      </LaneEnded>
      <DecisionDetails step={step} budgetTicks={budgetTicks} />
    </>
  );
}

/** The row at which a lane's episode ended, looked for from a later row of the same episode. */
function breachBefore(rows: readonly DecisionRow[], { number, episodeId }: DecisionRow, lane: Lane): DecisionRow | null {
  for (let index = number - (rows[0]?.number ?? 1); index >= 0; index -= 1) {
    const row = rows[index];
    if (row?.episodeId !== episodeId) return null;
    if (row.cells[lane]?.verdict === 'FN') return row;
  }
  return null;
}
