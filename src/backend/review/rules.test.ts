import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action } from '../../contract/actions.ts';
import type { CriticReport } from '../../contract/episodes.ts';
import { analystIdSchema } from '../../contract/review.ts';
import { calibratedProbabilities } from '../inference/decisionRule.ts';
import { decision } from '../testing/fixtures.ts';
import { cohenKappa, confusion, estimate, krippendorffAlpha, pairwiseKappa, rawAgreement, type Unit } from './agreement.ts';
import { decisionMargin, disputeCauses, NEAR_THRESHOLD } from './disputes.ts';
import { csvCell } from './exportRows.ts';
import { groupsOf, splitOfGroup } from './families.ts';
import { changeFingerprint, evidenceHash } from './fingerprint.ts';
import { GUIDELINES, labelTruth } from './guidelines.ts';
import { chain, GENESIS, linkProblem, type ChainLink } from './hashChain.ts';
import { beat, isHeld, LEASE, reserve, type Lease } from './leases.ts';
import { logitsOf, recalibrateTemperature, recalibrateThreshold, thresholdFigures } from './recalibration.ts';
import { outcomeOf } from './states.ts';

const critic = (drift: number, threshold = 0.36): CriticReport => ({
  reference: 'pinned_baseline',
  drift,
  threshold,
  driftFound: drift >= threshold,
  score: 0.5,
  parts: { embedding: 0, lexical: 0, structural: 0 },
  spans: [],
});

describe('what is disputed', () => {
  const causes = (drift: number | null, baseline: Action | null, trained: Action | null) =>
    disputeCauses({
      critic: drift === null ? null : critic(drift),
      baseline: baseline === null ? null : { action: baseline },
      trained: trained === null ? null : { action: trained },
    });

  it('is drift near its threshold, on either side', () => {
    expect(causes(0.36 - NEAR_THRESHOLD + 1e-9, null, 'SEMANTIC_DIFF')).toEqual(['near_threshold']);
    expect(causes(0.36 + NEAR_THRESHOLD - 1e-9, null, 'SEMANTIC_DIFF')).toEqual(['near_threshold']);
    expect(causes(0.5, null, 'SEMANTIC_DIFF')).toEqual([]);
  });
  it.each<[number, Action, boolean]>([
    [0.8, 'ALLOW', true],
    [0.8, 'BLOCK', false],
    [0.1, 'BLOCK', true],
    [0.1, 'REVOKE_STDIO', true],
    [0.1, 'ALLOW', false],
    [0.1, 'SEMANTIC_DIFF', false],
    [0.8, 'CAPABILITY_MEDIATION', false],
  ])('drift %d against %s: critic and defender disagree is %s', (drift, action, disputed) => {
    expect(causes(drift, null, action).includes('critic_disagrees')).toBe(disputed);
  });
  it('is one model comparing where the other does not', () => {
    expect(causes(0.1, 'SEMANTIC_DIFF', 'ALLOW')).toEqual(['models_disagree']);
    expect(causes(0.1, 'SEMANTIC_DIFF', 'SEMANTIC_DIFF')).toEqual([]);
    expect(causes(0.1, null, 'SEMANTIC_DIFF')).toEqual([]);
  });
  it('is nothing without a reference to compare with', () => {
    expect(causes(null, 'SEMANTIC_DIFF', 'ALLOW')).toEqual([]);
  });
  it('sorts by the nearest border', () => {
    expect(decisionMargin(critic(0.4), decision('ALLOW'))).toBeCloseTo(0.04);
    expect(decisionMargin(null, null)).toBe(1);
  });
});

describe('the state of an item', () => {
  const action = fc.constantFrom(...ACTIONS);
  const facts = fc.record({
    required: fc.constantFrom(1 as const, 2 as const),
    labels: fc.array(action, { maxLength: 4 }),
    adjudicated: fc.option(action),
    discarded: fc.boolean(),
  });
  it('has a final action exactly when it is closed, and never one that nobody chose', () => {
    fc.assert(
      fc.property(facts, (item) => {
        const { status, finalAction } = outcomeOf(item);
        expect(finalAction !== null).toBe(status === 'submitted' || status === 'adjudicated');
        if (finalAction !== null) expect([...item.labels, item.adjudicated]).toContain(finalAction);
        if (status === 'submitted') expect(new Set(item.labels).size).toBe(1);
        if (status === 'conflict') expect(new Set(item.labels).size).toBeGreaterThan(1);
      }),
    );
  });
});

describe('leases', () => {
  const [a, b] = [analystIdSchema.parse('an-000000000000000a'), analystIdSchema.parse('an-000000000000000b')];
  it('are held by one analyst at a time, whatever the order of requests and pauses', () => {
    const act = fc.record({
      who: fc.constantFrom(a, b),
      what: fc.constantFrom('reserve', 'beat', 'release'),
      wait: fc.integer({ min: 0, max: LEASE.durationMs }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        let lease: Lease | null = null;
        let now = 0;
        for (const { who, what, wait } of acts) {
          now += wait;
          const holder: Lease | null = isHeld(lease, now) ? lease : null;
          if (what === 'reserve') {
            const got: Lease | null = reserve(lease, who, now);
            expect(got === null).toBe(holder !== null && holder.analyst !== who);
            lease = got ?? lease;
          } else if (what === 'beat') {
            const got: Lease | null = beat(lease, who, now);
            expect(got !== null).toBe(holder?.analyst === who);
            lease = got ?? lease;
          } else if (lease !== null && lease.analyst === who) lease = null;
        }
      }),
    );
  });
  it('end by time, by silence, and are not prolonged by heartbeats', () => {
    const lease = reserve(null, a, 0);
    expect(isHeld(lease, LEASE.silentMs - 1)).toBe(true);
    expect(isHeld(lease, LEASE.silentMs)).toBe(false);
    let alive: Lease | null = lease;
    for (let now = 60_000; now < LEASE.durationMs; now += 60_000) alive = beat(alive, a, now);
    expect(isHeld(alive, LEASE.durationMs - 1)).toBe(true);
    expect(isHeld(alive, LEASE.durationMs)).toBe(false);
  });
});

describe('the audit chain', () => {
  const contents = fc.array(fc.record({ type: fc.string(), detail: fc.json(), analyst: fc.option(fc.string()) }), {
    minLength: 2,
    maxLength: 8,
  });
  const build = (events: readonly { type: string; detail: string; analyst: string | null }[]): ChainLink[] => {
    const links: ChainLink[] = [];
    for (const event of events)
      links.push(chain(links.at(-1)?.hash ?? GENESIS, { ...event, seq: links.length + 1, at: '2026-01-01T00:00:00.000Z', item: null }));
    return links;
  };
  const firstProblem = (links: readonly ChainLink[]): number | null => {
    const at = links.findIndex((link, index) => linkProblem(links[index - 1] ?? null, link) !== null);
    return at === -1 ? null : at;
  };
  it('holds as written, and breaks at the first changed, missing or swapped link', () => {
    fc.assert(
      fc.property(contents, fc.nat(), (events, pick) => {
        const links = build(events);
        expect(firstProblem(links)).toBeNull();
        const at = pick % links.length;
        expect(firstProblem(links.map((link, index) => (index === at ? { ...link, detail: `${link.detail} ` } : link)))).toBe(at);
        if (at < links.length - 1) expect(firstProblem(links.toSpliced(at, 1))).toBe(at);
      }),
    );
  });
});

describe('agreement', () => {
  const of = (number: number): Action => ACTIONS[number - 1] ?? 'ALLOW';

  it("gives Cohen's kappa of the textbook table", () => {
    const pairs = [
      ...Array.from({ length: 20 }, () => ['ALLOW', 'ALLOW'] as const),
      ...Array.from({ length: 5 }, () => ['ALLOW', 'BLOCK'] as const),
      ...Array.from({ length: 10 }, () => ['BLOCK', 'ALLOW'] as const),
      ...Array.from({ length: 15 }, () => ['BLOCK', 'BLOCK'] as const),
    ];
    expect(cohenKappa(pairs)).toBeCloseTo(0.4, 10);
    expect(cohenKappa([['ALLOW', 'ALLOW']])).toBeNull();
  });

  it("gives the alpha of Krippendorff's own example with missing values", () => {
    const coders = ['123321412...', '1233224125.3', '.3332342251.', '1233244125 1.'.replace(' ', '')];
    const units: Unit[] = Array.from({ length: 12 }, (_, unit) =>
      coders.flatMap((coder, index) => {
        const value = coder[unit] ?? '.';
        return value === '.' ? [] : [{ analyst: String(index), action: of(Number(value)) }];
      }),
    );
    expect(krippendorffAlpha(units)).toBeCloseTo(0.743, 3);
    const interval = estimate(units, krippendorffAlpha);
    expect(interval.low).toBeLessThan(interval.value ?? Number.NaN);
    expect(interval.high).toBeGreaterThan(interval.value ?? Number.NaN);
    expect(estimate(units, krippendorffAlpha)).toEqual(interval);
  });

  it('is 1 when all agree and about 0 by chance', () => {
    const alike: Unit[] = Array.from({ length: 12 }, (_, index) => ['x', 'y'].map((analyst) => ({ analyst, action: of(1 + (index % 3)) })));
    expect([krippendorffAlpha(alike), rawAgreement(alike)]).toEqual([1, 1]);
    expect(pairwiseKappa(alike)).toMatchObject([{ a: 'x', b: 'y', kappa: { value: 1, items: 12 }, raw: 1 }]);
    expect(confusion(alike).ALLOW.ALLOW).toBe(8);
    expect(krippendorffAlpha([])).toBeNull();
  });
});

describe('families', () => {
  it('put members that share an episode or a change into one group, and a group into one split', () => {
    const member = fc.record({
      family: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fingerprint: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 30 }), (members) => {
        const groups = groupsOf(members);
        members.forEach((one, i) =>
          members.forEach((other, j) => {
            if (one.family === other.family || one.fingerprint === other.fingerprint) expect(groups[i]).toBe(groups[j]);
          }),
        );
      }),
    );
  });
  it('keep apart what shares nothing, and spread over the splits', () => {
    expect(
      groupsOf([
        { family: 'a', fingerprint: '1' },
        { family: 'b', fingerprint: '2' },
      ]),
    ).toEqual(['a', 'b']);
    const splits = Array.from({ length: 2_000 }, (_, index) => splitOfGroup(`family-${index}`));
    for (const [split, share] of [
      ['train', 0.8],
      ['dev', 0.1],
      ['test', 0.1],
    ] as const) {
      expect(splits.filter((name) => name === split).length / splits.length).toBeCloseTo(share, 1);
    }
  });
});

describe('recalibration', () => {
  it('finds the threshold that separates the labels, and reports what it was before', () => {
    const points = Array.from({ length: 40 }, (_, index) => ({ drift: index / 40, malicious: index >= 20 }));
    const found = recalibrateThreshold(points, 0.36);
    expect(found.after.threshold).toBeGreaterThan(0.475);
    expect(found.after.threshold).toBeLessThanOrEqual(0.5);
    expect(found.after).toMatchObject({ recall: 1, falsePositiveRate: 0 });
    expect(found.before).toEqual(thresholdFigures(points, 0.36));
    expect(found.after.reward).toBeGreaterThan(found.before.reward);
    expect(found.histogram.benign.reduce((sum, count) => sum + count, 0)).toBe(20);
  });
  it('leaves the threshold alone when no other is better', () => {
    expect(
      recalibrateThreshold(
        [
          { drift: 0.1, malicious: false },
          { drift: 0.9, malicious: true },
        ],
        0.36,
      ).after.threshold,
    ).toBe(0.36);
  });
  it('reads the logits back from calibrated probabilities and finds the temperature that they were drawn at', () => {
    const logits = [2, 0, -1, 1, 0.5, -2];
    const given = calibratedProbabilities(logits, 2.5);
    const back = logitsOf(given, 2.5);
    expect(back.map((value) => value - (back[0] ?? 0))).toEqual(logits.map((value) => expect.closeTo(value - 2, 6) as number));
    const rows = ACTIONS.flatMap((fitting) =>
      Array.from({ length: Math.round(1_000 * calibratedProbabilities(logits, 1)[fitting]) }, () => ({ logits: back, fitting })),
    );
    const { before, after } = recalibrateTemperature(rows, 2.5);
    expect(after.temperature).toBeCloseTo(1, 1);
    expect(after.nll).toBeLessThan(before.nll);
    expect(after.ece).toBeLessThan(before.ece);
  });
});

describe('labels and rows', () => {
  it('tell the side a label lies on', () => {
    expect(labelTruth('ALLOW', ['orders_the_model'])).toBe('benign');
    expect(labelTruth('SEMANTIC_DIFF', [])).toBe('malicious');
    expect(labelTruth('SEMANTIC_DIFF', ['harmless_rewording', 'reference_outdated'])).toBe('benign');
    expect(labelTruth('SEMANTIC_DIFF', ['harmless_rewording', 'data_leaves'])).toBe('malicious');
  });
  it('have guidelines that name every reason once', () => {
    expect(new Set(GUIDELINES.reasons.map(({ code }) => code)).size).toBe(GUIDELINES.reasons.length);
    for (const { reasons } of GUIDELINES.examples)
      expect(GUIDELINES.reasons.map(({ code }) => code)).toEqual(expect.arrayContaining([...reasons]));
  });
  it('put nothing into a spreadsheet that it would run', () => {
    expect([csvCell('=HYPERLINK("x")'), csvCell('@x'), csvCell('a,"b"\nc'), csvCell(null), csvCell(-0.5)]).toEqual([
      `"'=HYPERLINK(""x"")"`,
      `'@x`,
      `"a,""b""\nc"`,
      '',
      '-0.5',
    ]);
  });
  it('have hashes that see the content and not the crossing', () => {
    const message = (id: number, text: string, extra: object = {}) => ({
      kind: 'call' as const,
      message: { jsonrpc: '2.0' as const, id, method: 'tools/call', params: { name: 'find', arguments: { query: text } } },
      context: { transport: 'stdio' as const, server: 's', tool: 'find', userTask: 'Find the invoices.', ...extra },
    });
    expect(evidenceHash(message(1, 'a'))).toBe(evidenceHash(message(2, 'a', { trace: [{ kind: 'call', summary: 'x' }] })));
    expect(evidenceHash(message(1, 'a'))).not.toBe(evidenceHash(message(1, 'b')));
    expect(changeFingerprint(message(1, 'page 1'))).toBe(changeFingerprint(message(1, 'page 22', { server: 'another' })));
    expect(changeFingerprint(message(1, 'page 1'))).not.toBe(changeFingerprint(message(1, 'leaf 1')));
  });
});
