import fc from 'fast-check';
import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRouterClient } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnalystId, ReviewItemId } from '../../contract/review.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { checkSuite, readSuite } from '../datasets/suiteFile.ts';
import { trainingRowSchema } from '../datasets/trainingRow.ts';
import { STORE_FILE } from '../store/openDatabase.ts';
import { episodeId, episodeRecord, stepRecord } from '../testing/fixtures.ts';
import { modelEntry } from '../testing/scriptedDefender.ts';
import { createTestServices } from '../testing/testServices.ts';
import { LEASE } from './leases.ts';
import { LEAST_LABELS } from './recalibration.ts';
import { ReviewError } from './reviewError.ts';
import { disputedSteps, label, openReviewBench, ORIGIN, type ReviewBench } from './testing/reviewBench.ts';

let bench: ReviewBench;
let ada: AnalystId;
let bob: AnalystId;

beforeEach(() => {
  bench = openReviewBench();
  ada = bench.analyst('Ada');
  bob = bench.analyst('Bob');
});
afterEach(() => bench.close());

const desk = () => bench.review.desk;
const state = (id: ReviewItemId) => desk().item(id, ada).row.state;
const refused = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof ReviewError) return error.message;
    throw error;
  }
  return null;
};

describe('intake', () => {
  it('takes disputed steps once and others not at all', () => {
    bench.review.consider(disputedSteps(1, { baseline: 'ALLOW', trained: 'ALLOW', drift: 0.1 }), ORIGIN(1));
    expect(bench.review.store.itemsAfter(0, 9)).toEqual([]);
    for (let time = 0; time < 2; time++) bench.review.consider(disputedSteps(2), ORIGIN(2));
    expect(bench.review.store.itemsAfter(0, 9)).toMatchObject([
      { models_disagree: 1, critic_disagrees: 1, near_threshold: 0, analyst_flag: 0, source: 'live', status: 'pending' },
    ]);
  });

  it('does not hold two different messages of one position against each other', () => {
    const [baseline] = disputedSteps(3, { text: 'the base message' });
    const [, trained] = disputedSteps(3, { text: 'a mutated retry' });
    if (baseline === undefined || trained === undefined) return expect.fail();
    bench.review.consider([baseline, trained], ORIGIN(3));
    expect(bench.review.store.itemsAfter(0, 9).map(({ baseline_action, trained_action }) => [baseline_action, trained_action])).toEqual([
      [null, 'ALLOW'],
    ]);
  });

  it('is sent any stored step, and tells the episode what became of it', () => {
    bench.episodes.begin(episodeRecord(5));
    for (const lane of ['baseline', 'trained'] as const) bench.episodes.append(stepRecord(episodeId(5), lane, 7));
    const request = { episodeId: episodeId(5), lane: 'trained', position: 7, note: 'looks odd', analyst: ada } as const;
    const sent = bench.review.send(request);
    expect(sent.created).toBe(true);
    expect(bench.review.send({ ...request, lane: 'baseline' })).toEqual({ itemId: sent.itemId, created: false });
    expect(desk().item(sent.itemId, ada)).toMatchObject({ row: { causes: ['analyst_flag'], source: 'replay' }, senderNote: 'looks odd' });
    expect(bench.review.labelsOf(episodeId(5))).toEqual([
      { itemId: sent.itemId, lanes: ['baseline', 'trained'], position: 7, state: 'pending', action: null, labels: 0 },
    ]);
    desk().submit(sent.itemId, ada, label('BLOCK'));
    expect(bench.review.labelsOf(episodeId(5))).toMatchObject([{ labels: 1 }]);
    expect(refused(() => bench.review.send({ ...request, position: 8 }))).toContain('no such step');
  });
});

describe('labelling', () => {
  it('keeps the draft, submits, and shows the truth only afterwards', () => {
    const id = bench.item(1);
    expect(desk().item(id, ada)).toMatchObject({ truth: null, may: 'label', suggestion: { action: 'ALLOW' }, hidden: false });
    desk().saveDraft(id, ada, { ...label('SEMANTIC_DIFF'), note: 'so far' });
    expect(desk().item(id, ada)).toMatchObject({ draft: { note: 'so far' }, row: { state: 'draft' } });
    expect(desk().item(id, bob)).toMatchObject({ draft: null, row: { state: 'reserved', heldBy: 'Ada' } });
    bench.clock.ms += 12_000;
    expect(desk().submit(id, ada, label('SEMANTIC_DIFF', { reasons: ['off_task'] }))).toMatchObject({
      state: 'submitted',
      finalAction: 'SEMANTIC_DIFF',
    });
    expect(desk().item(id, ada)).toMatchObject({
      draft: null,
      lease: null,
      may: 'read',
      truth: { malicious: true },
      labels: [{ analyst: 'Ada' }],
    });
    expect(desk().overview(ada)).toMatchObject({ doneToday: 1, medianSeconds: 12, remaining: 0, undoable: 1 });
    expect(refused(() => desk().submit(id, ada, label('BLOCK')))).toContain('decided since');
    expect(refused(() => desk().submit(id, bob, label('BLOCK')))).toContain('decided since');
  });

  it('serves items by uncertainty, not those that others hold, were skipped or are labelled', () => {
    const [far, near] = [bench.item(1, { drift: 0.9 }), bench.item(2, { drift: 0.42 })];
    expect(desk().next(ada, {}, 'uncertainty')).toEqual({ itemId: near });
    expect(desk().next(bob, {}, 'uncertainty')).toEqual({ itemId: far });
    desk().skip(near, ada, 'unsure');
    expect(desk().next(ada, {}, 'uncertainty')).toBeNull();
    desk().release(far, bob);
    expect(desk().next(ada, {}, 'uncertainty')).toEqual({ itemId: far });
    expect(desk().next(bob, {}, 'uncertainty')).toEqual({ itemId: near });
  });

  it('leads through conflict and adjudication, with names hidden until it is decided', async () => {
    const id = bench.item(1);
    desk().flag(id, ada, 'please a second look');
    desk().submit(id, ada, label('SEMANTIC_DIFF'));
    expect(state(id)).toBe('needs_second');
    expect(desk().item(id, bob)).toMatchObject({ hidden: true, lanes: { trained: null }, critic: null, labels: [], suggestion: null });
    expect(
      desk()
        .item(id, bob)
        .events.map(({ type }) => type),
    ).toEqual(['created', 'flagged']);
    expect(desk().saveDraft(id, bob, label('ALLOW')).revealed).toBe(true);
    expect(desk().item(id, bob)).toMatchObject({ hidden: false, lanes: { trained: { decision: { action: 'ALLOW' } } } });
    desk().submit(id, bob, label('BLOCK'));
    expect(state(id)).toBe('conflict');
    const eve = bench.analyst('Eve');
    expect(desk().item(id, eve)).toMatchObject({ may: 'adjudicate', labels: [{ analyst: null }, { analyst: null, firstChoice: 'ALLOW' }] });
    desk().adjudicate(id, eve, label('BLOCK', { note: 'hidden order' }));
    expect(desk().item(id, ada)).toMatchObject({
      row: { state: 'adjudicated', finalAction: 'BLOCK' },
      labels: [{ analyst: 'Ada' }, { analyst: 'Bob' }, { analyst: 'Eve' }],
    });
    expect(await bench.review.agreement(ada)).toMatchObject({ shared: 1, few: true, raw: { value: 0 }, pairs: [{ a: 'Ada', b: 'Bob' }] });
  });

  it('takes back the last fifty operations, one by one, also after going on', () => {
    const ids = [bench.item(1), bench.item(2), bench.item(3)];
    const [first, second, third] = ids;
    if (first === undefined || second === undefined || third === undefined) return expect.fail();
    desk().submit(first, ada, label('BLOCK', { note: 'one' }));
    desk().skip(second, ada, 'later');
    desk().flag(third, ada, '');
    desk().discard(third, ada, 'evidence_incomplete');
    expect(desk().undo(ada)).toEqual({ itemId: third, what: 'discard' });
    expect(desk().undo(ada)).toEqual({ itemId: third, what: 'flag' });
    expect(state(third)).toBe('pending');
    expect(desk().undo(ada)).toEqual({ itemId: second, what: 'skip' });
    expect(desk().undo(ada)).toEqual({ itemId: first, what: 'label' });
    expect(desk().item(first, ada)).toMatchObject({ row: { state: 'draft', labels: 0 }, draft: { action: 'BLOCK', note: 'one' } });
    expect(desk().undo(ada)).toBeNull();
    desk().submit(first, ada, label('ALLOW'));
    expect(desk().item(first, ada).row.finalAction).toBe('ALLOW');
  });

  it('accepts in bulk only identical evidence, and takes it back in one step', () => {
    const same = [1, 2, 3].map((number) => bench.item(number, { text: 'the same text' }));
    const other = bench.item(4, { text: 'another text' });
    const [first, ...rest] = same;
    if (first === undefined) return expect.fail();
    desk().submit(first, ada, label('SEMANTIC_DIFF'));
    expect(desk().item(first, ada).identical).toBe(2);
    expect(refused(() => desk().bulkAccept(first, ada, [...rest, other]))).toContain('same evidence');
    expect(state(other)).toBe('pending');
    expect(desk().bulkAccept(first, ada, rest)).toBe(2);
    expect(rest.map(state)).toEqual(['submitted', 'submitted']);
    expect(desk().undo(ada)).toMatchObject({ what: 'bulk' });
    expect(rest.map(state)).toEqual(['pending', 'pending']);
  });

  it('never bulk-accepts from a conflict, and shows how the same change was decided before', () => {
    const id = bench.item(1, { text: 'read all the secrets' });
    desk().submit(id, ada, label('BLOCK'));
    const again = bench.item(2, { text: 'read all the secrets' });
    expect(desk().item(again, ada).precedents).toMatchObject([{ id, action: 'BLOCK', status: 'submitted' }]);
    desk().flag(id, ada, '');
    desk().submit(id, bob, label('ALLOW'));
    expect(refused(() => desk().bulkAccept(id, ada, [again]))).toContain('conflict');
  });

  it('tests analysts on gold items without telling them so', async () => {
    const gold = bench.item(1);
    desk().submit(gold, ada, label('BLOCK'));
    desk().setGold(gold, ada, true);
    const open = Array.from({ length: 12 }, (_, index) => bench.item(10 + index));
    const served = open.map(() => {
      const task = desk().next(bob, {}, 'oldest');
      if (task === null) return expect.fail();
      expect(desk().item(task.itemId, bob)).toMatchObject({ may: 'label', gold: false, row: { finalAction: null } });
      desk().submit(task.itemId, bob, label('BLOCK'));
      return task.itemId;
    });
    expect(served[9]).toBe(gold);
    expect((await bench.review.agreement(bob)).gold).toEqual({ items: 1, right: 1 });
    expect(bench.review.store.item(gold)).toMatchObject({ status: 'submitted', final_action: 'BLOCK' });
  });
});

describe('reservations', () => {
  it('keep two analysts from ever holding one item, whatever they do and however time passes', () => {
    const act = fc.record({
      who: fc.nat(1),
      item: fc.nat(2),
      what: fc.constantFrom('next', 'reserve', 'heartbeat', 'draft', 'submit', 'release', 'skip', 'undo'),
      wait: fc.constantFrom(0, 1_000, 30_000, LEASE.silentMs, LEASE.durationMs),
    });
    const items = [bench.item(1), bench.item(2), bench.item(3)];
    const analysts = [ada, bob];
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        for (const { who, item, what, wait } of acts) {
          bench.clock.ms += wait;
          const [id, analyst] = [items[item], analysts[who]];
          const other = analysts[1 - who];
          if (id === undefined || analyst === undefined || other === undefined) return;
          const othersBefore = desk().item(id, other).lease !== null;
          refused(() => {
            switch (what) {
              case 'next':
                return desk().next(analyst, {}, 'uncertainty');
              case 'reserve':
                return desk().reserve(id, analyst);
              case 'heartbeat':
                return desk().heartbeat(id, analyst);
              case 'draft':
                return desk().saveDraft(id, analyst, label('ALLOW'));
              case 'submit': {
                const row = desk().submit(id, analyst, label('ALLOW'));
                expect(othersBefore).toBe(false);
                return row;
              }
              case 'release':
                return desk().release(id, analyst);
              case 'skip':
                return desk().skip(id, analyst, 'later');
              case 'undo':
                return desk().undo(analyst);
            }
          });
          for (const each of items) expect([ada, bob].filter((one) => desk().item(each, one).lease !== null).length).toBeLessThan(2);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('end with silence, and the draft of the one who was late is kept', () => {
    const id = bench.item(1);
    desk().saveDraft(id, ada, { ...label('BLOCK'), note: 'half done' });
    expect(refused(() => desk().reserve(id, bob))).toContain('Ada works on this item');
    bench.clock.ms += LEASE.silentMs;
    desk().reserve(id, bob);
    expect(desk().heartbeat(id, ada)).toBeNull();
    expect(refused(() => desk().submit(id, ada, label('BLOCK')))).toContain('Bob works on this item');
    expect(desk().item(id, ada).draft?.note).toBe('half done');
  });
});

describe('the queue', () => {
  it('filters, sorts and pages by keys', () => {
    for (let number = 0; number < 25; number++) bench.item(number, { drift: 0.4 + number / 100, text: `text ${number} of item` });
    const query = { analyst: ada, filter: {}, sort: 'uncertainty', limit: 10 } as const;
    const pages = [desk().queue(query)];
    for (let next = pages.at(-1)?.next ?? null; next !== null; next = pages.at(-1)?.next ?? null)
      pages.push(desk().queue({ ...query, after: next }));
    const rows = pages.flatMap((page) => page.rows);
    expect(rows).toHaveLength(25);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(25);
    expect(rows.map(({ margin }) => margin ?? 0)).toEqual(rows.map(({ margin }) => margin ?? 0).toSorted((a, b) => a - b));
    const total = (filter: Parameters<ReturnType<typeof desk>['queue']>[0]['filter']) => desk().queue({ ...query, filter }).total;
    expect(total({ text: 'text 7 of' })).toBe(1);
    expect(total({ text: '"; DROP TABLE' })).toBe(0);
    expect(total({ text: 'we' })).toBe(25);
    expect(total({ text: '%%' })).toBe(0);
    expect(total({ causes: ['near_threshold'] })).toBe(1);
    expect(total({ trainedAction: 'ALLOW', baselineAction: 'SEMANTIC_DIFF' })).toBe(25);
    expect(total({ trainedAction: 'BLOCK' })).toBe(0);
    expect(total({ family: 'argument_hijack' })).toBe(0);
    const [first] = rows;
    desk().submit(first?.id ?? expect.fail(), ada, label('BLOCK'));
    expect(total({ family: 'argument_hijack' })).toBe(1);
    expect(total({ mine: true })).toBe(1);
    expect(total({ states: ['submitted'] })).toBe(1);
    expect(total({ disagreements: true })).toBe(0);
    expect(total({ maxMargin: 0.055 })).toBe(2);
    expect(refused(() => desk().queue({ ...query, after: 'nonsense' }))).toContain('load the queue again');
  });

  it('keeps views by name for each analyst', () => {
    const view = { name: 'hard ones', filter: { maxMargin: 0.05 }, sort: 'severity' } as const;
    desk().saveView(ada, view);
    expect([desk().views(ada), desk().views(bob)]).toEqual([[view], []]);
    desk().deleteView(ada, 'hard ones');
    expect(desk().views(ada)).toEqual([]);
  });
});

describe('the audit trail', () => {
  it('verifies, and names the first event that somebody changed', async () => {
    const id = bench.item(1);
    desk().submit(id, ada, label('BLOCK'));
    const before = await bench.review.verifyAudit();
    expect(before).toMatchObject({ ok: true, broken: null });
    expect(
      desk()
        .item(id, ada)
        .events.map(({ type }) => type),
    ).toEqual(['created', 'label']);
    const { db } = bench.database;
    expect(() => db.prepare("UPDATE review_audit SET detail = '{}'").run()).toThrow('append-only');
    expect(() => db.prepare("UPDATE review_labels SET action = 'ALLOW'").run()).toThrow('append-only');
    expect(() => db.prepare('DELETE FROM review_labels').run()).toThrow('append-only');
    db.exec("DROP TRIGGER review_labels_keep_content; UPDATE review_labels SET label = replace(label, 'BLOCK', 'ALLOW')");
    expect(await bench.review.verifyAudit()).toMatchObject({ ok: false, broken: { reason: expect.stringContaining('label') as string } });
    db.exec("DROP TRIGGER review_audit_keeps_events; UPDATE review_audit SET type = 'sent' WHERE seq = 3");
    expect(await bench.review.verifyAudit()).toMatchObject({ ok: false, broken: { seq: 3 } });
  });
});

describe('labels as data', () => {
  const decide = (count: number): void => {
    for (let number = 0; number < count; number++) {
      const malicious = number % 2 === 0;
      const id = bench.item(number, {
        malicious,
        drift: malicious ? 0.6 + number / 200 : 0.3 + number / 200,
        text: `message ${'x'.repeat(number)} here`,
      });
      desk().submit(id, ada, label(malicious ? 'SEMANTIC_DIFF' : 'ALLOW', { reasons: [malicious ? 'off_task' : 'fits_the_task'] }));
    }
  };

  it('export as a suite, as training rows and as preferences, in splits that share nothing, with a manifest', async () => {
    decide(40);
    bench.item(100);
    const suite = await bench.review.exportLabels({ format: 'jsonl', filter: {} });
    expect(suite.manifest).toMatchObject({
      rows: 40,
      families: 40,
      excluded: { open: 1, conflict: 0, duplicates: 0 },
      guidelines: ['1.0'],
    });
    expect(await checkSuite(suite.file)).toMatchObject({ records: 40, benign: 20, malicious: 20, sha256: suite.manifest.sha256 });
    for await (const record of readSuite(suite.file)) expect(record.acceptable).toEqual([record.action]);
    expect(JSON.parse(readFileSync(suite.manifestFile, 'utf8'))).toEqual(suite.manifest);

    const sft = await bench.review.exportLabels({ format: 'sft', filter: {} });
    const rows = readFileSync(sft.file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => trainingRowSchema.parse(JSON.parse(line)));
    expect(rows).toHaveLength(40);
    const { bySplit } = sft.manifest;
    for (const split of ['train', 'dev', 'test'] as const) expect(rows.filter((row) => row.split === split)).toHaveLength(bySplit[split]);

    const dpo = await bench.review.exportLabels({ format: 'dpo', filter: {} });
    const pairs = readFileSync(dpo.file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { chosen: string; rejected: string; prompt: string });
    // Malicious ones: the defender allowed. Benign ones: the baseline compared.
    expect(pairs).toHaveLength(40);
    for (const { chosen, rejected, prompt } of pairs) {
      expect(chosen).not.toBe(rejected);
      expect(prompt.length).toBeGreaterThan(100);
    }
    bench.clock.ms += 1_000;
    expect(await bench.review.exportPreview({ format: 'csv', filter: {} })).toMatchObject({
      manifest: { rows: 40 },
      sample: { length: 3 },
    });
  });

  it('are filtered by what they are about, in the splits of all', async () => {
    const malicious = [1, 2, 3].map((number) => bench.item(number, { malicious: true }));
    const benign = [4, 5].map((number) => bench.item(number, { malicious: false }));
    for (const id of [...malicious, ...benign]) desk().submit(id, ada, label('SEMANTIC_DIFF'));
    const all = await bench.review.exportLabels({ format: 'jsonl', filter: {} });
    const some = await bench.review.exportLabels({ format: 'jsonl', filter: { family: 'argument_hijack', sources: ['live'] } });
    expect(some.manifest).toMatchObject({ rows: 3, filter: { family: 'argument_hijack', sources: ['live'] }, excluded: { filtered: 2 } });
    const rows = (file: string) =>
      new Map(
        readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => [(JSON.parse(line) as { id: string }).id, line]),
      );
    const whole = rows(all.file);
    for (const [id, line] of rows(some.file)) expect(line).toBe(whole.get(id));
    const none = await bench.review.exportPreview({ format: 'csv', filter: { causes: ['analyst_flag'] } });
    expect(none.manifest).toMatchObject({ rows: 0, excluded: { filtered: 5 } });
  });

  it('leave duplicates, conflicts and ties out', async () => {
    for (const number of [1, 2]) desk().submit(bench.item(number, { text: 'the same' }), ada, label('SEMANTIC_DIFF'));
    desk().submit(bench.item(3, { baseline: 'SEMANTIC_DIFF', trained: 'SEMANTIC_DIFF', drift: 0.37 }), ada, label('SEMANTIC_DIFF'));
    const conflict = bench.item(4);
    desk().flag(conflict, ada, '');
    desk().submit(conflict, ada, label('ALLOW'));
    desk().submit(conflict, bob, label('BLOCK'));
    expect((await bench.review.exportPreview({ format: 'dpo', filter: {} })).manifest).toMatchObject({
      rows: 1,
      excluded: { duplicates: 1, ties: 1, conflict: 1 },
    });
  });

  it('recalibrate threshold and temperature, with what ships always within reach', async () => {
    const refit = { analyst: ada, kind: 'threshold', to: 'labels' } as const;
    await expect(bench.review.recalibrate(refit)).rejects.toThrow(`${LEAST_LABELS} labelled items are needed`);
    decide(30);
    const shipped = DEFAULT_CONFIG.critic.threshold;
    const [before, after] = [bench.review.revision(), await bench.review.recalibrate(refit)];
    expect(after.threshold?.before.threshold).toBeGreaterThan(shipped);
    expect(after.threshold?.before).toMatchObject({ recall: 1, falsePositiveRate: 0 });
    expect(bench.review.adjust(DEFAULT_CONFIG).critic.threshold).toBe(after.threshold?.before.threshold);
    expect(bench.review.revision()).toBe(before + 1);
    await bench.review.recalibrate({ ...refit, to: 'shipped' });
    expect(bench.review.adjust(DEFAULT_CONFIG).critic.threshold).toBe(shipped);

    const [model] = (await bench.review.recalibration()).temperatures;
    if (model === undefined) return expect.fail();
    expect(model.before.temperature).toBe(1.5);
    expect(model.after.nll).toBeLessThanOrEqual(model.before.nll);
    const report = await bench.review.recalibrate({ analyst: ada, kind: 'temperature', model: model.model, to: 'labels' });
    expect(report.temperatures[0]?.before.temperature).toBeCloseTo(model.after.temperature, 9);
    expect(report.history.map(({ kind }) => kind)).toEqual(['temperature', 'threshold', 'threshold']);
    const entry = modelEntry(model.model);
    expect(bench.review.calibrationOf(entry)).toBeNull();
    expect(await bench.review.verifyAudit()).toMatchObject({ ok: true });
  });
});

describe('a process killed while labelling', () => {
  it('loses no label that was acknowledged, and keeps the draft', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'omniguard-review-kill-'));
    try {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/endlessAnalyst.ts'), dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      const ended = new Promise((resolve) => child.once('exit', resolve));
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        if (lines.length >= 60) child.kill('SIGKILL');
      }
      await ended;
      const db = new Database(join(dataDir, STORE_FILE));
      try {
        const labelled = lines.filter((line) => line.startsWith('label ')).map((line) => line.slice(6));
        const stored = db.prepare('SELECT i.id FROM review_labels l JOIN review_items i ON i.seq = l.item').pluck().all();
        expect(labelled.length).toBeGreaterThan(10);
        expect(stored).toEqual(expect.arrayContaining(labelled));
        const [drafted, note] =
          lines
            .findLast((line) => line.startsWith('draft '))
            ?.slice(6)
            .split(' ') ?? [];
        const gone = stored.includes(drafted);
        const kept = db
          .prepare('SELECT d.draft FROM review_drafts d JOIN review_items i ON i.seq = d.item WHERE i.id = ?')
          .pluck()
          .get(drafted) as string | undefined;
        if (!gone) expect(kept).toContain(note);
      } finally {
        db.close();
      }
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe('without a store', () => {
  it('says so, and takes nothing amiss from the comparison', async () => {
    const { router, live } = createTestServices();
    const client = createRouterClient(router, { context: {} });
    await expect(client.review.profiles()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('review queue') as string,
    });
    expect(await client.review.labelsOf({ episodeId: episodeId(1) })).toEqual([]);
    await live.dispose();
  });
});
