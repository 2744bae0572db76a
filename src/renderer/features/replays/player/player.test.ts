import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, perAction } from '../../../../contract/actions.ts';
import { VERDICTS } from '../../../../contract/episodes.ts';
import { episodeIdSchema, modelIdSchema, sha256Schema } from '../../../../contract/ids.ts';
import { LANES, type Lane, type LaneStep, type LiveEvent } from '../../../../contract/live.ts';
import type { ReplayEpisode, ReplayMark } from '../../../../contract/replays.ts';
import { applyBatches, NO_TOTALS } from '../../live/liveView.ts';
import { clipFile, clipSteps } from './clip.ts';
import { scrubMarks, valueText } from './marks.ts';
import {
  advance,
  changeSpeed,
  clockOf,
  moveDecisions,
  moveEvents,
  nextDelay,
  nextDisagreement,
  seek,
  seekTick,
  START,
  tickOf,
  toggleLock,
  togglePlay,
} from './playback.ts';
import { createTimeline, initialView, KEYFRAME_EVENTS, type Timeline } from './timeline.ts';

const id = episodeIdSchema.parse('ep-0000000000000001');

function episode(length: number): ReplayEpisode {
  const sha256 = sha256Schema.parse('a'.repeat(64));
  const models = { baseline: modelIdSchema.parse('nano-base'), trained: modelIdSchema.parse('nano-omniguard') };
  const lanes = <T>(value: T) => ({ baseline: value, trained: value });
  const rates = { malicious: 0.3, obfuscated: 0.2, stdio: 0.1 };
  return {
    summary: {
      id,
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: null,
      seed: 1,
      phase: 'bootstrapping',
      split: 'test',
      models,
      messages: length,
      reward: lanes(0),
      breached: lanes(false),
      falseAlarms: lanes(0),
      disagreements: 0,
      attacks: 0,
      vectors: [],
      pinned: false,
      tags: [],
      bookmarks: 0,
      imported: false,
      deletedAt: null,
    },
    curriculum: { phase: 'bootstrapping', average: 0, episodesInPhase: 0 },
    config: {
      split: 'test',
      episodeLength: length,
      budgetTicks: 20,
      decisionDeadlineMs: 1_000,
      retryProbability: 0.35,
      curriculum: {
        alpha: 0.08,
        thresholds: [0.2, 0.55],
        minEpisodes: 50,
        phases: { bootstrapping: rates, evasion_obfuscation: rates, chained_exploitation: rates },
      },
      critic: { embedder: 'hashed', threshold: 0.3, weights: { embedding: 1, lexical: 0, structural: 0 } },
    },
    corpusSha256: 'c',
    corpusHere: 'c',
    modelSha256: lanes(sha256),
    scores: lanes(null),
    marks: [],
    bookmarks: [],
    events: 0,
  };
}

function laneStep(lane: Lane, position: number, action: number, verdict: number, ticks = 1): LaneStep {
  return {
    lane,
    episodeId: id,
    position,
    message: { kind: 'call', message: { jsonrpc: '2.0', id: position }, context: { transport: 'http', server: `s${position}` } },
    normalizedText: 'text',
    hints: [],
    layers: [],
    budgetLeft: 20 - position,
    decision: {
      action: ACTIONS[action % 6] ?? 'ALLOW',
      probabilities: perAction(() => 1 / 6),
      expectedCost: null,
      confidence: 0.5,
      labelMass: 1,
      restrictions: [],
      rationale: '',
      evidence: [],
      abstention: null,
      decisionMs: 5,
      newTokens: 3,
    },
    info: {
      verdict: VERDICTS[verdict % 3] ?? 'TN',
      outcome: 'forwarded',
      truth: { malicious: false, vector: 'none', obfuscation: [], stdioEscape: false, needs: [], fitting: 'ALLOW' },
      reward: { security: 0.2, usability: 0, latency: 0, format: 0, total: 0.2, usabilityParts: {} },
      verifier: { flags: [], risk: 'low' },
      critic: null,
      ticks,
      retry: false,
      counterfactual: null,
    },
  };
}

/** An episode of any length in which one lane may end early. */
const timelines = fc
  .record({
    length: fc.integer({ min: 1, max: 230 }),
    baselineEnds: fc.integer({ min: 1, max: 300 }),
    actions: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
  })
  .map(({ length, baselineEnds, actions }) => {
    const events: LiveEvent[] = [];
    const add = (event: Omit<LiveEvent, 'seq'> & { type: LiveEvent['type'] }): void => {
      events.push({ ...event, seq: events.length + 1 } as LiveEvent);
    };
    const { curriculum } = episode(length);
    add({ type: 'episode_started', episodeId: id, index: 0, seed: 1, curriculum } as LiveEvent);
    const played = { baseline: 0, trained: 0 };
    for (let position = 0; position < length; position++) {
      for (const lane of LANES) {
        if (lane === 'baseline' && position >= baselineEnds) continue;
        const action = actions[(position * 2 + LANES.indexOf(lane)) % actions.length] ?? 0;
        const step = laneStep(lane, position, action, action, (action % 3) + 1);
        played[lane] += 1;
        add({ type: 'step', step, totals: { ...NO_TOTALS, steps: played[lane], reward: played[lane] * 0.2 } } as LiveEvent);
      }
      if (position + 1 === baselineEnds && position + 1 < length)
        add({ type: 'lane_waiting', lane: 'baseline', episodeId: id, reason: 'breach' } as LiveEvent);
    }
    add({ type: 'episode_finished', episodeId: id, scores: { baseline: 0, trained: 1 } } as LiveEvent);
    return { whole: episode(length), events };
  });

describe('timeline', () => {
  it('gives by seeking what playing event by event gives', () => {
    fc.assert(
      fc.property(timelines, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), ({ whole, events }, numbers) => {
        const timeline = createTimeline(whole, events);
        const played = [initialView(whole)];
        for (const event of events) played.push(applyBatches(played.at(-1) ?? initialView(whole), [{ events: [event], dropped: 0 }]));
        for (const number of numbers) {
          const clock = number % (events.length + 1);
          expect(timeline.at(clock)).toEqual(played[clock]);
        }
        expect(timeline.at(events.length + 9)).toEqual(played.at(-1));
      }),
      { numRuns: 40 },
    );
  });

  it('knows the tick of every event and the last event of every tick', () => {
    fc.assert(
      fc.property(timelines, ({ whole, events }) => {
        const timeline = createTimeline(whole, events);
        expect(timeline.ticks).toBe(whole.config.episodeLength);
        for (let tick = 0; tick <= timeline.ticks; tick++) expect(timeline.tickAt(timeline.endOfTick(tick))).toBe(tick);
        expect(timeline.endOfTick(timeline.ticks)).toBe(events.length);
      }),
    );
  });

  it('folds no more than a keyframe’s worth of events for one seek', () => {
    const { whole, events } = fc.sample(
      timelines.filter(({ events: all }) => all.length > 2 * KEYFRAME_EVENTS),
      { numRuns: 1, seed: 1 },
    )[0] ?? {
      whole: episode(1),
      events: [],
    };
    const timeline = createTimeline(whole, events);
    timeline.at(events.length);
    let folded = 0;
    const counting = createTimeline(
      whole,
      new Proxy([...events], {
        get: (target, key, receiver) =>
          key === 'slice'
            ? (from: number, to: number) => {
                folded += Math.min(to, target.length) - from;
                return target.slice(from, to);
              }
            : (Reflect.get(target, key, receiver) as unknown),
      }),
    );
    counting.at(events.length);
    folded = 0;
    counting.at(KEYFRAME_EVENTS * 2 - 1);
    expect(folded).toBe(KEYFRAME_EVENTS - 1);
  });
});

describe('playback', () => {
  it('played to its end shows every message once, and takes as long as its ticks', () => {
    fc.assert(
      fc.property(timelines, fc.boolean(), ({ whole, events }, skipIdle) => {
        const timeline = createTimeline(whole, events);
        let state = togglePlay({ ...START, skipIdle }, timeline);
        const seen: number[] = [];
        let duration = 0;
        while (state.playing) {
          duration += nextDelay(state, timeline) ?? 0;
          state = advance(state, timeline);
          seen.push(tickOf(state, timeline));
        }
        expect(seen).toEqual(Array.from({ length: timeline.ticks }, (_, index) => index + 1));
        expect(clockOf(state)).toBe(events.length);
        const all = seen.reduce((sum, tick) => sum + (skipIdle ? 1 : timeline.budgetTicks(tick)), 0);
        expect(duration).toBe(all * 1_000);
        expect(nextDelay(state, timeline)).toBeNull();
        expect(clockOf(togglePlay(state, timeline))).toBe(0);
      }),
    );
  });

  const small = (): Timeline => {
    const events: LiveEvent[] = [];
    for (let position = 0; position < 4; position++) {
      for (const lane of LANES) {
        const step = laneStep(lane, position, lane === 'trained' && position % 2 === 1 ? 1 : 0, 0, position === 2 ? 3 : 1);
        events.push({ type: 'step', seq: events.length + 1, step, totals: NO_TOTALS });
      }
    }
    return createTimeline(episode(4), events);
  };

  it('moves by events, decisions, disagreements and ticks, and stops at both ends', () => {
    const timeline = small();
    const clocks = (...moves: ((state: typeof START) => typeof START)[]) => {
      let state = START;
      return moves.map((move) => clockOf((state = move(state))));
    };
    expect(
      clocks(
        (state) => moveEvents(state, timeline, 1),
        (state) => moveDecisions(state, timeline, 1),
        (state) => moveDecisions(state, timeline, 1),
        (state) => moveDecisions(state, timeline, -1),
        (state) => nextDisagreement(state, timeline, 1),
        (state) => nextDisagreement(state, timeline, 1),
        (state) => nextDisagreement(state, timeline, 1),
        (state) => nextDisagreement(state, timeline, -1),
        (state) => seekTick(state, timeline, 99),
        (state) => moveEvents(state, timeline, 1),
        (state) => seek(state, timeline, -5),
        (state) => moveEvents(state, timeline, -1),
      ),
    ).toEqual([1, 2, 4, 2, 4, 8, 8, 4, 8, 8, 0, 0]);
  });

  it('keeps one clock while locked and two while not', () => {
    const timeline = small();
    const apart = seek(toggleLock(seek(START, timeline, 4)), timeline, 6);
    expect(apart.clock).toEqual({ baseline: 4, trained: 6 });
    expect(toggleLock({ ...apart, focus: 'baseline' }).clock).toEqual({ baseline: 4, trained: 4 });
  });

  it('says what it skipped and keeps its speed within bounds', () => {
    const timeline = small();
    const state = advance({ ...seek(START, timeline, 4), skipIdle: true }, timeline);
    expect([clockOf(state), state.skipped]).toEqual([6, 2]);
    expect([changeSpeed({ ...START, speed: 16 }, 1).speed, changeSpeed(START, -1).speed]).toEqual([16, 0.5]);
  });
});

describe('a clip', () => {
  it('holds every decision between its ticks, both included, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(timelines, fc.nat(), fc.nat(), async ({ whole, events }, first, second) => {
        const timeline = createTimeline(whole, events);
        const [from, to] = [first, second].map((tick) => (tick % timeline.ticks) + 1).toSorted((a, b) => a - b) as [number, number];
        const steps = events.flatMap((event) => (event.type === 'step' ? [event.step] : []));
        const wanted = steps.filter(({ position }) => position + 1 >= from && position + 1 <= to);
        const found = clipSteps(timeline, { from, to });
        expect(new Set(found)).toEqual(new Set(wanted));
        const lines = (await clipFile(found).text()).split('\n');
        expect(lines.pop()).toBe('');
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(JSON.parse(JSON.stringify(found)));
      }),
      { numRuns: 20 },
    );
  });
});

describe('marks of the scrub bar', () => {
  const mark = (lane: Lane, position: number, part: Partial<ReplayMark> = {}): ReplayMark => ({
    lane,
    position,
    action: 'ALLOW',
    verdict: 'TN',
    reward: 0,
    malicious: false,
    vector: 'none',
    ticks: 1,
    ...part,
  });
  it('stand at starts of attacks, breaches, disagreements, labels and bookmarks', () => {
    const attack = { malicious: true, vector: 'tool_poisoning' };
    const marks = scrubMarks(
      [
        mark('baseline', 0, attack),
        mark('trained', 0, { ...attack, action: 'BLOCK' }),
        mark('baseline', 1, { ...attack, verdict: 'FN' }),
        mark('trained', 1, attack),
        mark('trained', 2),
        mark('trained', 3, attack),
      ],
      [],
      [{ id: 1, position: 2, note: 'look', createdAt: '' }],
    );
    expect(marks.map(({ kind, tick }) => [kind, tick])).toEqual([
      ['attack', 1],
      ['disagreement', 1],
      ['breach', 2],
      ['bookmark', 3],
      ['attack', 4],
    ]);
    expect(marks[1]?.text).toBe('Disagreement: Allow against Block');
  });
  it('are put into words', () => {
    expect(valueText(2, 16, (lane) => (lane === 'baseline' ? 'BLOCK' : null))).toBe('Tick 2 of 16, baseline BLOCK, trained waiting');
    expect(valueText(0, 16, () => null)).toBe('Tick 0 of 16, before the first message');
  });
});
