import type { Action, Capability } from '../../contract/actions.ts';
import type { Evidence } from '../../contract/decisions.ts';
import type { GatewayMessage, MessageKind } from '../../contract/messages.ts';
import type { Hint } from '../../contract/observation.ts';
import type { Analysis } from './analysis.ts';

/** Pieces of evidence shown with one decision. */
const MAX_EVIDENCE = 8;
/** Of those, the ones named in the sentence. */
const NAMED = 3;

const SUBJECT: { readonly [K in MessageKind]: string } = {
  manifest: 'The tool list',
  manifest_changed: 'The changed tool definition',
  call: 'The call',
  result: 'The result',
  resource: 'The resource',
  sampling: 'The sampling request',
  launch: 'The launch entry',
};

const CONSEQUENCE: { readonly [A in Action]: string } = {
  ALLOW: 'It is forwarded as it is.',
  BLOCK: 'It is rejected.',
  SPOTLIGHT: 'It is held as data for review.',
  SEMANTIC_DIFF: 'It is compared with its reference.',
  CAPABILITY_MEDIATION: 'It is forwarded with fewer capabilities.',
  REVOKE_STDIO: "The server's channel is closed.",
};

/** Properties so common that they explain little; named only when nothing else was found. */
const COMMON = new Set([
  'forceful_words',
  'security_words',
  'imperative_to_assistant',
  'task_names_tool',
  'task_overlap_high',
  'unpinned_package',
  'pinned_package',
  'documentation_url',
  'email_recipient',
  'shell_metacharacters',
  'preference_claim',
  'prompt_reference',
  'ordering_condition',
  'home_path',
  'personal_data',
  'quoted_as_data',
  'differs_from_pinned',
  'addresses_model',
]);

/** One or two neutral sentences and the evidence they rest on, built from the analysis alone; deterministic. */
export function explain(
  message: GatewayMessage,
  analysis: Analysis,
  action: Action,
  restrictions: readonly Capability[],
): { readonly rationale: string; readonly evidence: readonly Evidence[] } {
  const ranked = rank(analysis.hints);
  const evidence = ranked
    .slice(0, MAX_EVIDENCE)
    .map(({ code, text, pointer }) => (pointer === undefined ? { code, text } : { code, text, pointer }));
  const named = ranked.slice(0, NAMED).map((hint) => hint.text);
  const finding =
    named.length === 0
      ? `${SUBJECT[message.kind]} shows none of the observed properties.`
      : `${SUBJECT[message.kind]} shows: ${named.join('; ')}.`;
  const consequence =
    action === 'CAPABILITY_MEDIATION' && restrictions.length > 0
      ? `It is forwarded without ${restrictions.join(', ')}.`
      : CONSEQUENCE[action];
  return { rationale: `${finding} ${consequence}`, evidence };
}

function rank(hints: readonly Hint[]): readonly Hint[] {
  const telling = hints.filter((hint) => !COMMON.has(hint.code));
  return [...telling, ...hints.filter((hint) => COMMON.has(hint.code))];
}
