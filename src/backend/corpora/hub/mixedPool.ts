import { createHash } from 'node:crypto';
import { normalisedShares, type CorpusId, type MixShares, type MixSource } from '../../../contract/corpora.ts';
import type { CorpusData } from '../../../engine/corpus/data.ts';
import { createMessagePool } from '../../../engine/corpus/pool.ts';
import type { MessagePool, ScenarioMessage } from '../../../engine/corpus/scenario.ts';
import type { Random } from '../../../engine/random/random.ts';
import { streamedCorpusData, uniqueSeeds, WRAPPER_SERVERS, type StreamedItems } from './streamedCorpus.ts';

/**
 * Draws from the bundled corpus and from streamed ones in the shares given. A source is drawn before anything else, for
 * benign sessions and attacks alike, so that the source tells nothing of the label. The origin of a message begins with
 * `ID:` when it holds text of that corpus, and with `ID-frame:` when it was drawn for the corpus but holds none of it.
 *
 * @throws RangeError when a source has a share but no items
 */
export function createMixedPool(
  bundled: CorpusData,
  generated: MessagePool,
  streamed: readonly StreamedItems[],
  shares: MixShares,
): MessagePool {
  const normal = normalisedShares(shares);
  const pools = new Map<MixSource, MessagePool>([['generated', generated]]);
  for (const items of streamed) {
    if (normal[items.id] > 0 && items.items.length > 0) pools.set(items.id, createStreamedPool(bundled, items));
  }
  const weights = (Object.entries(normal) as [MixSource, number][]).filter(([, share]) => share > 0);
  for (const [source] of weights) if (!pools.has(source)) throw new RangeError(`the mix has a share for ${source}, but no rows of it`);
  const draw = (random: Random): MessagePool => {
    let left = random.next();
    for (const [source, share] of weights) {
      left -= share;
      if (left < 0) return pools.get(source) ?? generated;
    }
    return pools.get(weights[0]?.[0] ?? 'generated') ?? generated;
  };
  const hash = createHash('sha256');
  for (const [source, share] of weights) hash.update(`${source}\0${share}\0${pools.get(source)?.hash ?? ''}\0`);
  return {
    hash: hash.digest('hex'),
    benignSession: (random, split) => draw(random).benignSession(random, split),
    attack: (random, split, wanted) => draw(random).attack(random, split, wanted),
    chain: (random, split, wanted) => draw(random).chain(random, split, wanted),
  };
}

/** A pool in which about half of all draws meet texts of one streamed corpus. */
export function createStreamedPool(bundled: CorpusData, streamed: StreamedItems): MessagePool {
  const pool = createMessagePool(streamedCorpusData(bundled, streamed));
  const mark = marker(streamed);
  return {
    hash: pool.hash,
    benignSession: (random, split) => pool.benignSession(random, split).map(mark),
    attack: (random, split, wanted) => mark(pool.attack(random, split, wanted)),
    chain: (random, split, wanted) => pool.chain(random, split, wanted).map(mark),
  };
}

/** Source that a training row was drawn from, and whether it holds streamed text. */
export function sourceOfGroup(group: string): { readonly source: MixSource; readonly frame: boolean } {
  const [, id, frame] = /^(witfoo|fenrir|nist)(-frame)?:/.exec(group) ?? [];
  return id === undefined ? { source: 'generated', frame: false } : { source: id as CorpusId, frame: frame !== undefined };
}

/** Names the corpus in the origin. Equal objects stay equal, as the engine's pool promises. */
function marker({ id, items }: StreamedItems): (drawn: ScenarioMessage) => ScenarioMessage {
  const seeds = uniqueSeeds(items).map(({ value }) => JSON.stringify(value).slice(1, -1));
  const marked = new WeakMap<ScenarioMessage, ScenarioMessage>();
  return (drawn) => {
    const known = marked.get(drawn);
    if (known !== undefined) return known;
    const { message, truth, origin } = drawn;
    const holds = holdsContent(drawn) || (seeds.length > 0 && holdsSeed(drawn, seeds));
    // A harmless text about attacks is what the taxonomy calls a hard negative.
    const hard = holds && id !== 'witfoo' && truth.vector === 'none' && message.kind !== 'call';
    const made: ScenarioMessage = {
      message,
      truth: hard ? { ...truth, vector: 'hard_negative' } : truth,
      origin: `${id}${holds ? '' : '-frame'}:${origin}`,
    };
    marked.set(drawn, made);
    return made;
  };
}

/** Answers, resources and requests for completions of a wrapper hold its records. */
function holdsContent({ message: { kind, context } }: ScenarioMessage): boolean {
  return WRAPPER_SERVERS.has(context.server) && (kind === 'result' || kind === 'resource' || kind === 'sampling');
}

function holdsSeed({ message: { kind, message } }: ScenarioMessage, seeds: readonly string[]): boolean {
  if (kind === 'manifest' || kind === 'manifest_changed' || kind === 'launch') return false;
  const text = JSON.stringify(message.params ?? message.result);
  return seeds.some((seed) => text.includes(seed));
}
