import type { LlamaModel, Token } from 'node-llama-cpp';
import { ACTIONS } from '../../contract/actions.ts';
import { InferenceError } from './inferenceError.ts';

/** The trusted parts of a prompt: everything except the message. */
export interface DecisionLayout {
  /** Policy and legend; tokenised with special tokens and kept in the KV cache. */
  readonly prefix: string;
  /** Ends where the label starts; tokenised with special tokens. */
  readonly tail: string;
  /** Six labels in the order of ACTIONS, each one token, e.g. ` A`. */
  readonly labels: readonly string[];
}

/** The trusted parts as a model's tokens. */
export interface PromptTokens {
  readonly prefix: readonly Token[];
  readonly tail: readonly Token[];
  readonly labels: readonly Token[];
}

/**
 * @param name of the model's file, for messages
 * @throws InferenceError `incompatible` when the labels are not single distinct tokens, or a message could spell a border
 */
export function promptTokens(model: LlamaModel, layout: DecisionLayout, name: string): PromptTokens {
  const prefix = model.tokenize(layout.prefix, true);
  const tail = model.tokenize(layout.tail, true);
  const labels = labelTokens(model, layout, name);
  refuseSpellableControlTokens(model, [...prefix, ...tail], name);
  return { prefix, tail, labels };
}

function labelTokens(model: LlamaModel, layout: DecisionLayout, name: string): readonly Token[] {
  const tokens = layout.labels.flatMap((label) => {
    const parts = model.tokenize(label, false);
    return parts.length === 1 ? parts : [];
  });
  if (tokens.length !== ACTIONS.length || new Set(tokens).size !== ACTIONS.length) {
    throw new InferenceError(
      'incompatible',
      `${name} does not have the six action labels as single tokens; choose a model trained for OmniGuard.`,
    );
  }
  return tokens;
}

/**
 * llama.cpp turns some well-known control tokens into user-defined ones, which match in any text, special tokens off or
 * not. Such a border could be forged by a message.
 */
function refuseSpellableControlTokens(model: LlamaModel, trusted: readonly Token[], name: string): void {
  for (const token of new Set(trusted)) {
    const { control, userDefined } = model.getTokenAttributes(token);
    if (!control && !userDefined) continue;
    const text = model.detokenize([token], true);
    if (model.tokenize(text, false).includes(token)) {
      throw new InferenceError('incompatible', `${name} lets a message spell the control token ${text}; choose another model.`);
    }
  }
}
