import { describe, expect, it, vi } from 'vitest';
import { episodeIdSchema } from '../../../contract/ids.ts';
import type { ReviewItemId, StepLabel } from '../../../contract/review.ts';
import type { DecisionRow } from './decisionRow.ts';
import { createReviewLinks, labelOf, lanePointedAt } from './reviewLinks.ts';

const EPISODES = ['a', 'b'].map((letter) => episodeIdSchema.parse(`ep-${letter.repeat(16)}`));
const [first, second] = EPISODES as [(typeof EPISODES)[number], (typeof EPISODES)[number]];
const item = 'rv-0123456789abcdef' as ReviewItemId;
const label = (position: number, lanes: StepLabel['lanes']): StepLabel => ({
  itemId: item,
  lanes,
  position,
  state: 'pending',
  action: null,
  labels: 0,
});
const cell = { action: 'ALLOW', verdict: 'TN', reward: 0, decisionMs: 1, retry: false, malicious: false, vector: 'none' } as const;
const row = (position: number, cells: Partial<DecisionRow['cells']> = {}): DecisionRow => ({
  key: `${first}/${position}`,
  number: position + 1,
  episodeId: first,
  episodeIndex: 0,
  position,
  kind: 'call',
  server: 's',
  tool: null,
  cells: { baseline: cell, trained: cell, ...cells },
  steps: null,
  searchText: '',
});

const setUp = (labels: () => readonly StepLabel[] = () => []) => {
  const api = {
    labelsOf: vi.fn(async ({ episodeId }: { episodeId: string }) => (episodeId === first ? labels() : [])),
    send: vi.fn(async (_request: unknown) => ({ itemId: item, created: true })),
  };
  const onChanged = vi.fn();
  return { api, onChanged, links: createReviewLinks({ api, analyst: () => null, onChanged }) };
};

describe('review links', () => {
  it('read the watched episodes once, and again when asked', async () => {
    const { api, links } = setUp(() => [label(3, ['baseline', 'trained'])]);
    links.watch([first, second]);
    links.watch([first, second]);
    await vi.waitFor(() => expect(links.store.getState().labels.size).toBe(2));
    expect(api.labelsOf).toHaveBeenCalledTimes(2);
    expect(labelOf(links.store.getState().labels, row(3), 'trained')?.itemId).toBe(item);
    expect(labelOf(links.store.getState().labels, row(4), 'trained')).toBeNull();
    await links.refresh();
    expect(api.labelsOf).toHaveBeenCalledTimes(4);
  });

  it('send what a lane saw, say so, and show it as queued', async () => {
    let queued: readonly StepLabel[] = [];
    const { api, links, onChanged } = setUp(() => queued);
    links.watch([first]);
    queued = [label(2, ['trained'])];
    await links.send(row(2), 'trained');
    expect(api.send).toHaveBeenCalledWith({ episodeId: first, lane: 'trained', position: 2, source: 'live' });
    expect(onChanged).toHaveBeenCalledOnce();
    expect(links.store.getState()).toMatchObject({ sending: false, sent: { state: 'sent', itemId: item, created: true } });
    expect(labelOf(links.store.getState().labels, row(2), 'baseline')).toBeNull();
    expect(labelOf(links.store.getState().labels, row(2), 'trained')).not.toBeNull();
  });

  it('say why nothing was sent', async () => {
    const { api, links, onChanged } = setUp();
    api.send.mockRejectedValue(new Error('no such step'));
    await links.send(row(2), 'trained');
    expect(links.store.getState()).toMatchObject({ sending: false, sent: { state: 'failed' } });
    expect(onChanged).not.toHaveBeenCalled();
  });

  it('point at the lane whose message is shown, if it decided', () => {
    expect(lanePointedAt(row(1), 'trained')).toBe('trained');
    expect(lanePointedAt(row(1, { trained: null }), 'trained')).toBe('baseline');
    expect(lanePointedAt(row(1, { baseline: null }), 'baseline')).toBe('trained');
  });
});
