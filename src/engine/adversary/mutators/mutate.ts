import type { GatewayMessage } from '../../../contract/messages.ts';
import type { ScenarioMessage } from '../../corpus/scenario.ts';
import type { Random } from '../../random/random.ts';
import { MESSAGE_MUTATORS, rewrite, type Draft, type MessageMutator } from './messageMutators.ts';
import { findTarget } from './target.ts';
import { TEXT_MUTATORS, type TextMutator } from './textMutators.ts';

/** Every disguise with its name, what it does and, where one exists, the normaliser's inverse. */
export const MUTATORS: readonly (TextMutator | MessageMutator)[] = [...TEXT_MUTATORS, ...MESSAGE_MUTATORS];

/** Disguises that only make sense for text that gives orders: encoding a name or a purpose hides nothing. */
const ENCODERS: ReadonlySet<string> = new Set(['base64', 'hex', 'url', 'rot13', 'unicode_tags', 'split']);
/** Wording and look-alikes come before encodings: afterwards there are no words left to change. */
const NEEDS_WORDS: ReadonlySet<string> = new Set(['synonym_drift', 'homoglyph', 'rot13']);
/** Nothing that works on letters follows these: the letters are gone. */
const HIDES_LETTERS: ReadonlySet<string> = new Set(['unicode_tags']);
const NOT_AFTER_HIDING: ReadonlySet<string> = new Set([...ENCODERS, ...NEEDS_WORDS, 'zero_width', 'bidi']);

/**
 * Obfuscates the attack of a malicious message with 1 to `depth` composed mutators and
 * adds their names to `truth.obfuscation`, outermost last. The message stays a valid
 * JSON-RPC message of its kind and all other truth is kept. Returns the source itself
 * when it is benign or nothing in it can be disguised without breaking the attack.
 */
export function mutate(source: ScenarioMessage, random: Random, depth: number): ScenarioMessage {
  if (!source.truth.malicious || depth < 1) return source;
  const target = findTarget(source.message);
  if (target === null) return source;
  const wanted = 1 + random.int(Math.floor(depth));
  const applied: string[] = [];
  let draft: Draft = { message: source.message.message, target };
  for (const mutator of random.shuffle(MUTATORS)) {
    if (applied.length >= wanted) break;
    if (!fits(mutator.name, applied, draft.target.instructs)) continue;
    const next = applyOne(mutator, source.message.kind, draft, random);
    if (next === null) continue;
    draft = next;
    applied.push(mutator.name);
  }
  if (applied.length === 0) return source;
  return {
    message: { ...source.message, message: draft.message },
    truth: { ...source.truth, obfuscation: [...source.truth.obfuscation, ...applied] },
    origin: source.origin,
  };
}

function fits(name: string, applied: readonly string[], instructs: boolean): boolean {
  if (!instructs && ENCODERS.has(name)) return false;
  if (NEEDS_WORDS.has(name) && applied.some((earlier) => ENCODERS.has(earlier) || earlier === 'zero_width' || earlier === 'homoglyph'))
    return false;
  return !(NOT_AFTER_HIDING.has(name) && applied.some((earlier) => HIDES_LETTERS.has(earlier)));
}

function applyOne(mutator: TextMutator | MessageMutator, kind: GatewayMessage['kind'], draft: Draft, random: Random): Draft | null {
  if (isMessageMutator(mutator)) return mutator.apply(kind, draft, random);
  const attack = mutator.apply(draft.target.attack, draft.target.place, random);
  return attack === null || attack === draft.target.attack
    ? null
    : rewrite({ message: draft.message, target: { ...draft.target, attack } });
}

function isMessageMutator(mutator: TextMutator | MessageMutator): mutator is MessageMutator {
  return (MESSAGE_MUTATORS as readonly (TextMutator | MessageMutator)[]).includes(mutator);
}
