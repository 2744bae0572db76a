import { MOST_RUNS_IN_PANEL, type RunId, type XAxis } from '../../../contract/runs.ts';
import type { BackendClient } from '../../platform/platform.ts';
import { axisKey, setXAxis, training } from './trainingStore.ts';

/**
 * Shows another x axis and keeps what is in view: the stretch of the runs that was shown before, found by their steps. Coming back to
 * an axis gives the very view that was left there. Where the backend cannot tell, all of the axis is shown.
 */
export async function changeXAxis(client: BackendClient, runs: readonly RunId[], to: XAxis): Promise<void> {
  const { x: from, view, sameView } = training.getState();
  if (axisKey(from) === axisKey(to)) return;
  const known = sameView[axisKey(to)];
  if (view === null || known !== undefined) {
    // An axis that had no place for the view shows all of itself; the view is found again behind it.
    setXAxis(to, known ?? null);
    return;
  }
  const mapped = await client.runs.mapView({ runs: runs.slice(0, MOST_RUNS_IN_PANEL), from, to, view: [view[0], view[1]] }).catch(() => null);
  const now = training.getState();
  // Whoever has moved on meanwhile is not taken back.
  if (now.x === from && now.view === view) setXAxis(to, mapped);
}
