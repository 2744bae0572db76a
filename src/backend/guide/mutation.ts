import type { GuideMutateInput, GuideMutation, GuideMutator, GuideObservation } from '../../contract/guide.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { MESSAGE_MUTATORS, rewrite, type Draft } from '../../engine/adversary/mutators/messageMutators.ts';
import { findTarget, valueAt, type Target } from '../../engine/adversary/mutators/target.ts';
import { TEXT_MUTATORS } from '../../engine/adversary/mutators/textMutators.ts';
import { randomFrom } from '../../engine/random/random.ts';
import { normalizeText } from '../../engine/text/normalize.ts';
import { observed } from './observed.ts';

/** Characters of the original that are looked for: a decoded layer shows no more than 2,000. */
const COMPARED_CHARACTERS = 1_200;

/** Puts the disguises on in the order asked for, and says what the normaliser reads afterwards. */
export function applyMutators(input: GuideMutateInput): GuideMutation {
  const { message, target } = 'text' in input ? toolResult(input.text) : { message: input.message, target: findTarget(input.message) };
  if (target === null) {
    const steps = input.mutators.map((mutator) => ({ mutator, applied: false, text: '' }));
    return { target: null, steps, message, observed: observed(message), recovered: { where: 'nowhere', layer: null } };
  }
  let draft: Draft = { message: message.message, target };
  const steps = input.mutators.map((mutator, index) => {
    const next = applyOne(mutator, message.kind, draft, input.seed, index);
    draft = next ?? draft;
    return { mutator, applied: next !== null, text: textOf(draft) };
  });
  const mutated: GatewayMessage = { ...message, message: draft.message };
  const seen = observed(mutated);
  return {
    target: { pointer: target.pointer, text: target.attack },
    steps,
    message: mutated,
    observed: seen,
    recovered: whereRecovered(target.attack, seen),
  };
}

/** A text as the whole content of a tool's result. */
function toolResult(text: string): { readonly message: GatewayMessage; readonly target: Target } {
  return {
    message: {
      kind: 'result',
      message: { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } },
      context: { transport: 'stdio', server: 'guide' },
    },
    target: { pointer: '/result/content/0/text', key: 'text', place: 'prose', before: '', attack: text, after: '', instructs: true },
  };
}

/** Each place in the order draws from a generator of its own, so that adding a disguise leaves those before it as they were. */
function applyOne(name: GuideMutator, kind: GatewayMessage['kind'], draft: Draft, seed: number, index: number): Draft | null {
  const random = randomFrom(seed, 'guide', name, index);
  const { target } = draft;
  const ofText = TEXT_MUTATORS.find((mutator) => mutator.name === name);
  if (ofText === undefined) return MESSAGE_MUTATORS.find((mutator) => mutator.name === name)?.apply(kind, draft, random) ?? null;
  const attack = ofText.apply(target.attack, target.place, random);
  return attack === null || attack === target.attack ? null : rewrite({ message: draft.message, target: { ...target, attack } });
}

function textOf({ message, target }: Draft): string {
  const value = valueAt(message, target.pointer);
  return typeof value === 'string' ? value : '';
}

/** Where the words of a text can be read after normalising; a text without words is readable. */
export function whereRecovered(original: string, { normalizedText, layers }: GuideObservation): GuideMutation['recovered'] {
  const wanted = folded(original).slice(0, COMPARED_CHARACTERS);
  if (wanted === '' || folded(normalizedText).includes(wanted)) return { where: 'text', layer: null };
  const layer = layers.findIndex(({ text }) => folded(text).includes(wanted));
  return layer < 0 ? { where: 'nowhere', layer: null } : { where: 'layer', layer };
}

/** Normalised, lower case, without white space: what disguises may change without changing the words. */
function folded(text: string): string {
  return normalizeText(text).text.toLowerCase().replace(/\s+/g, '');
}
