import type { Observation } from '../../../contract/observation.ts';
import layout from './layout.json' with { type: 'json' };
import { renderBody, type RenderOptions } from './renderBody.ts';

/** Version of the layout; a model answers only prompts of the version it was trained on. */
export const PROMPT_VERSION: string = layout.version;

/**
 * The control tokens that mark the sections. They occur in `prefix` and `tail` only;
 * the body is tokenised without special tokens, so that a message cannot forge one.
 */
export const CONTROL_TOKENS: readonly string[] = layout.controlTokens;

/** Put before a label letter to make the answer token, e.g. ` A`. */
export const LABEL_PREFIX: string = layout.labelPrefix;

/** The three parts of a prompt, in order. `prefix` and `tail` are constant. */
export interface Prompt {
  readonly prefix: string;
  readonly body: string;
  readonly tail: string;
}

/** The prompt for one observation; its answer is one label letter. */
export function buildPrompt(observation: Observation, options: RenderOptions = {}): Prompt {
  return { prefix: layout.prefix, body: renderBody(observation, options), tail: layout.tail };
}
