import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { perAction } from '../../../contract/actions.ts';
import type { Verdict } from '../../../contract/episodes.ts';
import type { EpisodeId, ModelId } from '../../../contract/ids.ts';
import type { Lane, LaneStep, LaneTotals, LiveEvent, LiveSnapshot } from '../../../contract/live.ts';
import { messagesDiffer, rowMatches } from './decisionRow.ts';
import {
  appendPoint,
  applyBatches,
  CURVE_LIMIT,
  DETAIL_LIMIT,
  mergeSnapshot,
  NO_TOTALS,
  rewardGap,
  ROW_LIMIT,
  tailRow,
  viewFromSnapshot,
  type CurvePoint,
} from './liveView.ts';

const episode = (index: number): EpisodeId => `ep-${index.toString(16).padStart(16, '0')}` as EpisodeId;

function makeStep(
  lane: Lane,
  episodeIndex: number,
  position: number,
  overrides: { verdict?: Verdict; retry?: boolean; server?: string } = {},
): LaneStep {
  const { verdict = 'TN', retry = false, server = 'files' } = overrides;
  const malicious = verdict === 'TP' || verdict === 'FN';
  const action = verdict === 'TP' || verdict === 'FP' ? 'BLOCK' : 'ALLOW';
  return {
    lane,
    episodeId: episode(episodeIndex),
    position,
    message: { kind: 'call', message: { jsonrpc: '2.0', method: 'tools/call' }, context: { transport: 'stdio', server, tool: 'read' } },
    normalizedText: 'Read the Report',
    hints: [],
    layers: [],
    budgetLeft: 20 - position,
    decision: {
      action,
      probabilities: perAction((each) => (each === action ? 1 : 0)),
      expectedCost: null,
      confidence: 1,
      labelMass: 1,
      restrictions: [],
      rationale: '',
      evidence: [],
      abstention: null,
      decisionMs: 2,
      newTokens: 10,
    },
    info: {
      verdict,
      outcome: 'forwarded',
      truth: { malicious, vector: malicious ? 'tool_poisoning' : 'none', obfuscation: [], stdioEscape: false, needs: [], fitting: action },
      reward: { security: 0.2, usability: 0, latency: 0, format: 0.02, total: 0.22, usabilityParts: {} },
      verifier: { flags: [], risk: 'low' },
      critic: null,
      ticks: 1,
      retry,
      counterfactual: null,
    },
  };
}

const totalsAt = (steps: number, reward = steps * 0.22): LaneTotals => ({ ...NO_TOTALS, steps, reward });

const SNAPSHOT: LiveSnapshot = {
  seq: 0,
  state: 'idle',
  problem: null,
  scope: {
    baseline: 'nano-base' as ModelId,
    trained: 'nano-omniguard' as ModelId,
    seed: 7,
    phase: 'auto',
    split: 'test',
    speed: 'max',
    costPreset: 'balanced',
  },
  episodeId: null,
  episodeIndex: 0,
  curriculum: { phase: 'bootstrapping', average: 0, episodesInPhase: 0 },
  totals: { baseline: NO_TOTALS, trained: NO_TOTALS },
  recent: [],
  rewardCurve: { baseline: [], trained: [] },
  queueDepth: 0,
  messagesPlayed: 0,
  episodeLength: 8,
  budgetTicks: 20,
};

/** A whole run of `episodes` episodes with `length` messages as the backend would number it. */
function play(episodes: number, length: number): LiveEvent[] {
  let seq = 0;
  let steps = 0;
  const events: LiveEvent[] = [{ type: 'state', seq: (seq += 1), state: 'running', problem: null }];
  for (let index = 0; index < episodes; index += 1) {
    events.push({
      type: 'episode_started',
      seq: (seq += 1),
      episodeId: episode(index),
      index,
      seed: index,
      curriculum: { phase: 'bootstrapping', average: 0.1 * index, episodesInPhase: index },
    });
    for (let position = 0; position < length; position += 1) {
      steps += 1;
      for (const lane of ['baseline', 'trained'] as const)
        events.push({ type: 'step', seq: (seq += 1), step: makeStep(lane, index, position), totals: totalsAt(steps) });
    }
  }
  return events;
}

const batch = (events: readonly LiveEvent[], dropped = 0) => ({ events, dropped });

describe('applyBatches', () => {
  it('gives the same view however the events are cut into batches, repeats included', () => {
    const events = play(3, 5);
    const whole = applyBatches(viewFromSnapshot(SNAPSHOT), [batch(events)]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(events.length), fc.nat(4)), { maxLength: 6 }), (cuts) => {
        const bounds = [0, ...cuts.map(([at]) => at).sort((a, b) => a - b), events.length];
        let view = viewFromSnapshot(SNAPSHOT);
        for (let index = 1; index < bounds.length; index += 1) {
          const overlap = cuts[index - 1]?.[1] ?? 0;
          view = applyBatches(view, [batch(events.slice(Math.max(0, (bounds[index - 1] ?? 0) - overlap), bounds[index]))]);
        }
        expect(view).toEqual(whole);
      }),
    );
    expect(whole.rows).toHaveLength(15);
    expect(whole.rows.map((row) => row.number)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    expect(whole.rows[7]).toMatchObject({ episodeIndex: 1, position: 2 });
    expect(whole.curves.trained).toHaveLength(15);
  });

  it('does not touch the view it was given', () => {
    const before = viewFromSnapshot(SNAPSHOT);
    applyBatches(before, [batch(play(1, 3))]);
    expect(before.rows).toEqual([]);
    expect(before.curves.baseline).toEqual([]);
  });

  it('keeps the newest rows and the complete steps of the newest of them', () => {
    const view = applyBatches(viewFromSnapshot(SNAPSHOT), [batch(play(2_200, 10))]);
    expect(view.rows).toHaveLength(ROW_LIMIT);
    expect(view.rows.at(-1)?.number).toBe(22_000);
    expect(view.rows.filter((row) => row.steps !== null)).toHaveLength(DETAIL_LIMIT);
    expect(view.rows[view.detailFrom]?.steps).not.toBeNull();
    expect(view.rows[view.detailFrom - 1]?.steps).toBeNull();
    expect(view.curves.trained.length).toBeLessThanOrEqual(CURVE_LIMIT);
    expect(view.curves.trained.at(-1)).toEqual([22_000, 22_000 * 0.22]);
  });

  it('begins again when a stopped comparison starts', () => {
    const played = applyBatches(viewFromSnapshot(SNAPSHOT), [batch(play(1, 3))]);
    const stopped = applyBatches(played, [batch([{ type: 'state', seq: played.seq + 1, state: 'idle', problem: null }])]);
    expect(stopped.rows).toHaveLength(3);
    const again = applyBatches(stopped, [batch([{ type: 'state', seq: stopped.seq + 1, state: 'loading', problem: null }])]);
    expect(again).toMatchObject({ rows: [], nextNumber: 1, totals: { baseline: { steps: 0 }, trained: { steps: 0 } } });
  });

  it('keeps everything on pause and resume, and counts what was dropped', () => {
    const played = applyBatches(viewFromSnapshot(SNAPSHOT), [batch(play(1, 3))]);
    const paused = applyBatches(played, [
      batch([{ type: 'state', seq: played.seq + 1, state: 'paused', problem: null }], 4),
      batch([{ type: 'state', seq: played.seq + 2, state: 'running', problem: null }], 2),
    ]);
    expect(paused.rows).toHaveLength(3);
    expect(paused.dropped).toBe(6);
  });

  it('shows a lane as waiting until the next episode starts, and the tail does not wait for it', () => {
    let view = applyBatches(viewFromSnapshot(SNAPSHOT), [batch(play(1, 1))]);
    const breach: LiveEvent = {
      type: 'step',
      seq: view.seq + 1,
      step: makeStep('baseline', 0, 1, { verdict: 'FN' }),
      totals: totalsAt(2, -0.78),
    };
    view = applyBatches(view, [batch([breach])]);
    expect(tailRow(view)?.position).toBe(0);
    view = applyBatches(view, [
      batch([
        { type: 'lane_waiting', seq: view.seq + 1, lane: 'baseline', episodeId: episode(0), reason: 'breach' },
        { type: 'step', seq: view.seq + 2, step: makeStep('trained', 0, 1), totals: totalsAt(2) },
        { type: 'step', seq: view.seq + 3, step: makeStep('trained', 0, 2), totals: totalsAt(3) },
      ]),
    ]);
    expect(view.waiting).toEqual({ baseline: 'breach', trained: null });
    expect(tailRow(view)).toMatchObject({ position: 2, cells: { baseline: null } });
    view = applyBatches(view, [
      batch([{ type: 'episode_started', seq: view.seq + 1, episodeId: episode(1), index: 1, seed: 1, curriculum: SNAPSHOT.curriculum }]),
    ]);
    expect(view.waiting.baseline).toBeNull();
  });
});

describe('snapshots', () => {
  const recent = [makeStep('baseline', 4, 0), makeStep('trained', 4, 0), makeStep('baseline', 5, 0), makeStep('trained', 5, 0)];
  const snapshot: LiveSnapshot = {
    ...SNAPSHOT,
    seq: 90,
    state: 'paused',
    episodeId: episode(5),
    episodeIndex: 5,
    totals: { baseline: totalsAt(40, 1), trained: totalsAt(38, 3.8) },
    recent,
    queueDepth: 7,
    messagesPlayed: 41,
  };

  it('know the episodes before the current one, and how many messages were played', () => {
    const view = viewFromSnapshot(snapshot);
    expect(view.rows.map((row) => [row.number, row.episodeIndex])).toEqual([
      [40, 4],
      [41, 5],
    ]);
    expect(view).toMatchObject({ nextNumber: 42, episodeLength: 8, queueDepth: 7 });
  });

  it('keep older rows of the same comparison and drop those of another', () => {
    const view = viewFromSnapshot(snapshot);
    const later = mergeSnapshot(view, {
      ...snapshot,
      seq: 95,
      totals: { baseline: totalsAt(41, 1), trained: totalsAt(39, 3.8) },
      recent: [...recent.slice(2), makeStep('baseline', 5, 1), makeStep('trained', 5, 1)],
    });
    expect(later.rows.map((row) => [row.number, row.episodeIndex, row.position])).toEqual([
      [40, 4, 0],
      [41, 5, 0],
      [42, 5, 1],
    ]);
    expect(mergeSnapshot(later, SNAPSHOT).rows).toEqual([]);
  });
});

describe('figures and rows', () => {
  it('the reward gap is the difference of means per step played', () => {
    expect(rewardGap({ baseline: NO_TOTALS, trained: totalsAt(1) })).toBeNull();
    expect(rewardGap({ baseline: totalsAt(10, -5), trained: totalsAt(20, 4) })).toBeCloseTo(0.7);
  });

  it('a long curve is halved and keeps its newest point', () => {
    let curve: CurvePoint[] = [];
    for (let step = 1; step <= CURVE_LIMIT + 1; step += 1) curve = appendPoint(curve, [step, step]);
    expect(curve).toHaveLength(CURVE_LIMIT / 2 + 1);
    expect(curve.at(-1)).toEqual([CURVE_LIMIT + 1, CURVE_LIMIT + 1]);
    expect(curve.every(([step], index) => index === 0 || step > (curve[index - 1]?.[0] ?? 0))).toBe(true);
  });

  it('a row is named by the base message, filtered by its verdicts and found by its words', () => {
    const step = (lane: Lane, overrides: Parameters<typeof makeStep>[3], seq: number): LiveEvent => ({
      type: 'step',
      seq,
      step: makeStep(lane, 0, 0, overrides),
      totals: totalsAt(1),
    });
    const view = applyBatches(viewFromSnapshot(SNAPSHOT), [
      batch([
        step('baseline', { verdict: 'TP', retry: true, server: 'mutated' }, 1),
        step('trained', { server: 'calendar', verdict: 'FP' }, 2),
      ]),
    ]);
    const [row] = view.rows;
    if (row === undefined) throw new Error('no row');
    expect(row.server).toBe('calendar');
    expect(messagesDiffer(row)).toBe(true);
    expect([rowMatches(row, 'breaches', ''), rowMatches(row, 'false_alarms', ''), rowMatches(row, 'disagreements', '')]).toEqual([
      false,
      true,
      false,
    ]);
    expect([rowMatches(row, 'all', 'report calendar'), rowMatches(row, 'all', 'report absent')]).toEqual([true, false]);
  });
});
