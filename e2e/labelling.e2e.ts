import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { expect, test } from '@playwright/test';
import { WebSocket } from 'ws';
import type { Contract } from '../src/contract/contract.ts';
import type { AnalystId, LabelInput, ReviewItemId } from '../src/contract/review.ts';
import { openDatabase } from '../src/backend/store/openDatabase.ts';
import { fillReviewQueue } from '../src/backend/benchmarks/review.ts';
import { startHost, type RunningHost } from './host.ts';

const ITEMS = 240;
const ANALYSTS = ['Ada', 'Bob', 'Eve', 'Dan'];
/** Labels acknowledged before the process is killed. */
const BEFORE_THE_CRASH = 25;

type Client = ContractRouterClient<Contract>;

async function connect({ url }: RunningHost): Promise<{ readonly client: Client; readonly close: () => void }> {
  const { origin } = new URL(url);
  const login = await fetch(url, { redirect: 'manual' });
  const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { client: createORPCClient(new RPCLink({ websocket: socket })), close: () => socket.terminate() };
}

const label = (note: string): LabelInput => ({ action: 'BLOCK', confidence: 'high', reasons: [], span: null, note });

test.describe.configure({ mode: 'serial' });

let dataDir: string;

test.beforeAll(async () => {
  test.setTimeout(300_000);
  dataDir = await mkdtemp(join(tmpdir(), 'omniguard-labelling-'));
  const database = openDatabase(dataDir);
  await fillReviewQueue(database, ITEMS);
  database.close();
});
test.afterAll(() => rm(dataDir, { recursive: true, force: true }));

test('analysts who take items at the same time never hold the same one, and a killed host loses no label and no draft', async () => {
  test.setTimeout(300_000);
  const first = await startHost({ dataDir });
  const acknowledged = new Map<ReviewItemId, AnalystId>();
  const drafted = new Map<AnalystId, { readonly itemId: ReviewItemId; readonly note: string }>();
  const held = new Map<ReviewItemId, AnalystId>();
  const twice: string[] = [];
  const work = async (name: string): Promise<void> => {
    const { client } = await connect(first);
    const { id: analyst } = await client.review.createProfile({ name });
    for (let round = 0; ; round += 1) {
      const task = await client.review.next({ analyst, filter: { states: ['pending'] }, sort: 'oldest' });
      if (task === null) return;
      const { itemId } = task;
      const holder = held.get(itemId);
      if (holder !== undefined) twice.push(`${itemId}: ${holder} and ${analyst}`);
      held.set(itemId, analyst);
      const note = `${name} ${round}`;
      await client.review.saveDraft({ itemId, analyst, draft: label(note) });
      drafted.set(analyst, { itemId, note });
      await client.review.submit({ itemId, analyst, label: label(note) });
      acknowledged.set(itemId, analyst);
      drafted.delete(analyst);
      held.delete(itemId);
      // One analyst leaves a draft behind; the process dies while all are at it.
      if (acknowledged.size >= BEFORE_THE_CRASH) await new Promise(() => undefined);
    }
  };
  const working = ANALYSTS.map((name) => work(name).catch(() => undefined));
  await expect.poll(() => acknowledged.size, { timeout: 120_000 }).toBeGreaterThanOrEqual(BEFORE_THE_CRASH);
  const open = await connect(first);
  const { id: late } = await open.client.review.createProfile({ name: 'Late' });
  const task = await open.client.review.next({ analyst: late, filter: { states: ['pending'] }, sort: 'oldest' });
  if (task === null) throw new Error('nothing is left to decide');
  const left = task.itemId;
  await open.client.review.saveDraft({ itemId: left, analyst: late, draft: label('half done') });
  await first.kill();
  await Promise.race([Promise.all(working), new Promise((resolve) => setTimeout(resolve, 500))]);
  expect(twice).toEqual([]);
  expect(acknowledged.size).toBeGreaterThanOrEqual(BEFORE_THE_CRASH);

  const second = await startHost({ dataDir });
  try {
    const { client, close } = await connect(second);
    for (const [itemId, analyst] of acknowledged) {
      const item = await client.review.item({ itemId, analyst });
      expect(item.labels.filter(({ mine }) => mine).map(({ label: { action } }) => action)).toEqual(['BLOCK']);
    }
    expect((await client.review.item({ itemId: left, analyst: late })).draft?.note).toBe('half done');
    for (const [analyst, { itemId, note }] of drafted) {
      const { draft, row } = await client.review.item({ itemId, analyst });
      // Either the draft is kept, or the label that was on its way was stored after all.
      expect([draft?.note, row.myAction]).toEqual(draft === null ? [undefined, 'BLOCK'] : [note, null]);
    }
    expect(await client.review.verifyAudit()).toMatchObject({ ok: true });
    close();
  } finally {
    await second.close();
  }
});
