import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERDICTS } from '../../contract/episodes.ts';
import { decision, episodeId, laneStep } from '../testing/fixtures.ts';
import { DecisionTimes } from './decisionTimes.ts';
import { EventHub } from './eventHub.ts';
import { approximateBytes, RecentSteps } from './recentSteps.ts';
import { RewardCurve } from './rewardCurve.ts';
import { TotalsCounter } from './totals.ts';

const ID = episodeId(1);

describe('decision times', () => {
  it('come within 0.5% of the nearest-rank percentiles', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }), (times) => {
        const counter = new DecisionTimes();
        for (const time of times) counter.add(time);
        const sorted = times.toSorted((a, b) => a - b);
        const exact = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
        const { p50, p95 } = counter.percentiles() ?? { p50: 0, p95: 0 };
        expect(Math.abs(p50 / exact(0.5) - 1)).toBeLessThan(0.005);
        expect(Math.abs(p95 / exact(0.95) - 1)).toBeLessThan(0.005);
      }),
    );
  });

  it('say nothing before the first', () => {
    expect(new DecisionTimes().percentiles()).toBeNull();
  });
});

describe('totals', () => {
  it('count alert fatigue over benign messages alone', () => {
    const counter = new TotalsCounter();
    expect(counter.snapshot()).toMatchObject({ alertFatigue: null, decisionMs: null, steps: 0 });
    for (const verdict of [...VERDICTS, 'TN', 'TN'] as const) counter.add(laneStep(ID, 'trained', 0, { verdict, reward: 0.5 }));
    counter.add({ ...laneStep(ID, 'trained', 0, { verdict: 'TP', reward: -1 }), decision: decision('BLOCK') });
    expect(counter.snapshot()).toMatchObject({
      steps: 7,
      reward: 2,
      alertFatigue: 0.25,
      breaches: 1,
      truePositives: 2,
      trueNegatives: 3,
      falsePositives: 1,
      falseNegatives: 1,
      actions: { ALLOW: 6, BLOCK: 1 },
    });
  });
});

describe('reward curve', () => {
  it('stays within 2,000 points, ascends, and ends at the latest step', () => {
    const curve = new RewardCurve();
    for (let step = 1; step <= 25_000; step++) {
      curve.add(step % 3 === 0 ? -1 : 0.5);
      if (step % 997 !== 0) continue;
      const points = curve.snapshot();
      expect(points.length).toBeLessThanOrEqual(2_000);
      expect(points.at(-1)?.[0]).toBe(step);
      expect(points.every(([x], index) => index === 0 || x > (points[index - 1]?.[0] ?? 0))).toBe(true);
      for (const [x, y] of points) expect(y).toBeCloseTo(0.5 * (x - Math.floor(x / 3)) - Math.floor(x / 3), 6);
    }
    expect(curve.snapshot().length).toBeGreaterThan(900);
  });
});

describe('recent steps', () => {
  it('are bounded in number and in bytes, the newest always kept', () => {
    const recent = new RecentSteps({ steps: 3, bytes: 1_000_000 });
    for (let position = 0; position < 10; position++) recent.add(laneStep(ID, 'trained', position));
    expect(recent.snapshot().map(({ position }) => position)).toEqual([7, 8, 9]);
    recent.add(laneStep(ID, 'trained', 10, { text: 'x'.repeat(5_000_000) }));
    expect(recent.snapshot().map(({ position }) => position)).toEqual([10]);
    recent.add(laneStep(ID, 'trained', 11));
    expect(recent.snapshot().map(({ position }) => position)).toEqual([11]);
  });

  it('weigh about what their JSON does', () => {
    const step = laneStep(ID, 'trained', 0, { text: 'x'.repeat(100_000) });
    expect(approximateBytes(step) / JSON.stringify(step).length).toBeCloseTo(1, 1);
  });
});

describe('event hub', () => {
  const step = (hub: EventHub, position = 0) =>
    hub.publish({ type: 'step', step: laneStep(ID, 'trained', position), totals: new TotalsCounter().snapshot() });
  const state = (hub: EventHub) => hub.publish({ type: 'state', state: 'running', problem: null });

  it('counts exactly the step events that a reader missed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        async (kinds, since, events) => {
          const hub = new EventHub({ events, batch: 5 });
          for (const isStep of kinds)
            if (isStep) step(hub);
            else state(hub);
          const cursor = Math.min(since, kinds.length);
          if (cursor === kinds.length) return;
          const { value } = await hub.subscribe(cursor).next();
          const heard = value?.events.filter(({ type }) => type === 'step').length ?? 0;
          expect(heard + (value?.dropped ?? 0)).toBe(kinds.slice(cursor).filter(Boolean).length);
          expect(heard).toBeLessThanOrEqual(5);
          expect(value?.events.at(-1)?.seq).toBe(kinds.length);
        },
      ),
    );
  });

  it('never drops a change of state for the sake of steps', async () => {
    const hub = new EventHub({ batch: 2 });
    state(hub);
    for (let position = 0; position < 9; position++) step(hub, position);
    state(hub);
    const { value } = await hub.subscribe(0).next();
    expect(value?.events.map((event) => event.seq)).toEqual([1, 9, 10, 11]);
    expect(value?.dropped).toBe(7);
  });

  it('gathers events into one batch an interval', async () => {
    const hub = new EventHub({ intervalMs: 30 });
    const batches = hub.subscribe(0);
    state(hub);
    expect((await batches.next()).value?.events).toHaveLength(1);
    const second = batches.next();
    for (let position = 0; position < 7; position++) step(hub, position);
    expect((await second).value?.events).toHaveLength(7);
  });

  it('sends a heartbeat when nothing happens, and ends when aborted', async () => {
    const hub = new EventHub({ heartbeatMs: 5, intervalMs: 0 });
    const controller = new AbortController();
    const batches = hub.subscribe(0, controller.signal);
    expect((await batches.next()).value).toEqual({ events: [], dropped: 0 });
    const pending = batches.next();
    controller.abort();
    expect((await pending).done).toBe(true);
  });

  it('starts over for a reader from before a restart', async () => {
    const hub = new EventHub();
    state(hub);
    expect((await hub.subscribe(5_000).next()).value?.events.map(({ seq }) => seq)).toEqual([1]);
  });

  it('keeps no more bytes than it may', async () => {
    const hub = new EventHub({ bytes: 3_000_000 });
    for (let position = 0; position < 5; position++)
      hub.publish({
        type: 'step',
        step: laneStep(ID, 'trained', position, { text: 'x'.repeat(1_000_000) }),
        totals: new TotalsCounter().snapshot(),
      });
    const { value } = await hub.subscribe(0).next();
    expect(value).toMatchObject({ dropped: 3 });
    expect(value?.events).toHaveLength(2);
  });
});
