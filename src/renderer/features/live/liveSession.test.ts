import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelId } from '../../../contract/ids.ts';
import type { LiveBatch, LiveSnapshot, LiveState } from '../../../contract/live.ts';
import { ConnectionLostError, type ConnectionState } from '../../platform/connection.ts';
import type { BackendClient, Platform } from '../../platform/platform.ts';
import { createLiveSession } from './liveSession.ts';
import { createLiveStore } from './liveStore.ts';
import { NO_TOTALS } from './liveView.ts';

const snapshotAt = (seq: number, state: LiveState): LiveSnapshot => ({
  seq,
  state,
  problem: null,
  scope: {
    baseline: 'nano-base' as ModelId,
    trained: 'nano-omniguard' as ModelId,
    seed: 1,
    phase: 'auto',
    split: 'test',
    speed: 2,
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
  episodeLength: 16,
  budgetTicks: 20,
});

const stateBatch = (seq: number, state: LiveState): LiveBatch => ({ events: [{ type: 'state', seq, state, problem: null }], dropped: 0 });

/** A backend whose stream a test feeds and breaks. */
function fakePlatform(live: Partial<Record<keyof BackendClient['live'], unknown>>) {
  let state: ConnectionState = { status: 'open' };
  const listeners = new Set<() => void>();
  const platform: Platform = {
    client: { live } as unknown as BackendClient,
    connection: {
      getState: () => state,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      retryNow: () => undefined,
      reset: () => undefined,
    },
    copyText: () => Promise.resolve(),
    saveFile: () => undefined,
  };
  const setState = (next: ConnectionState): void => {
    state = next;
    for (const listener of [...listeners]) listener();
  };
  return { platform, setState };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => setTimeout(callback, 16));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('createLiveSession', () => {
  it('takes a snapshot, goes on with the events after it, and folds a flood into few redraws', async () => {
    const events = vi.fn(async function* () {
      for (let seq = 11; seq <= 60; seq += 1) yield stateBatch(seq, seq % 2 === 0 ? 'running' : 'paused');
      await new Promise(() => undefined);
    });
    const { platform } = fakePlatform({
      snapshot: () => Promise.resolve(snapshotAt(10, 'running')),
      events: () => Promise.resolve(events()),
    });
    const store = createLiveStore();
    const redraws = vi.fn();
    store.subscribe(redraws);
    createLiveSession(platform, store);
    await vi.advanceTimersByTimeAsync(300);
    expect(store.getState().view).toMatchObject({ seq: 60, state: 'running' });
    expect(redraws.mock.calls.length).toBeLessThanOrEqual(4);
  });

  it('asks again from a new snapshot after the line was lost', async () => {
    let fail: (error: Error) => void = () => undefined;
    const snapshot = vi.fn().mockResolvedValueOnce(snapshotAt(10, 'running')).mockResolvedValueOnce(snapshotAt(25, 'paused'));
    const events = vi.fn((_input: { since: number }) =>
      Promise.resolve(
        (async function* (): AsyncGenerator<LiveBatch> {
          yield { events: [], dropped: 0 };
          await new Promise((_resolve, reject) => (fail = reject));
        })(),
      ),
    );
    const { platform, setState } = fakePlatform({ snapshot, events });
    const store = createLiveStore();
    createLiveSession(platform, store);
    await vi.advanceTimersByTimeAsync(200);
    setState({ status: 'lost', attempt: 1, reason: 'gone', retryAt: 0 });
    fail(new ConnectionLostError('gone'));
    await vi.advanceTimersByTimeAsync(10);
    expect(store.getState().loadProblem).toBeNull();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(snapshot).toHaveBeenCalledTimes(1);
    setState({ status: 'open' });
    await vi.advanceTimersByTimeAsync(200);
    expect(store.getState().view).toMatchObject({ seq: 25, state: 'paused' });
    expect(events.mock.calls.map(([input]) => input)).toEqual([{ since: 10 }, { since: 25 }]);
    expect(store.getState().loadProblem).toBeNull();
  });

  it('keeps a failed command as a problem until the next one', async () => {
    const { platform } = fakePlatform({
      snapshot: () => Promise.resolve(snapshotAt(1, 'idle')),
      events: () => new Promise(() => undefined),
      start: vi.fn().mockRejectedValueOnce(new Error('The comparison is stopping; wait until it has.')).mockResolvedValueOnce(undefined),
    });
    const store = createLiveStore();
    const session = createLiveSession(platform, store);
    await session.start();
    expect(store.getState()).toMatchObject({
      pending: null,
      commandProblem: { message: 'The comparison is stopping; wait until it has.' },
    });
    await session.start();
    expect(store.getState().commandProblem).toBeNull();
  });
});
