import type { DefinitionChange } from '../analysis/definitionDiff.ts';

/** What a kind of change weighs before its content is looked at. */
const WEIGHTS: { readonly [K in DefinitionChange['kind']]: number } = {
  tool_added: 0.2,
  tool_removed: 0.1,
  tool_renamed: 0.1,
  description_changed: 0.01,
  param_added: 0.04,
  param_removed: 0.03,
  param_renamed: 0.01,
  param_text_changed: 0.01,
  required_added: 0.03,
  required_removed: 0.01,
  default_changed: 0.04,
  schema_changed: 0.01,
  title_changed: 0.03,
  annotations_changed: 0.01,
};
/** Names of parameters that take code, credentials or a destination, or that widen what the tool reaches. */
const POWERFUL_NAME =
  /^(?:.* )?(?:command|cmd|shell|exec\w*|code|script|eval\w*|hook|callback|webhook|endpoint|mirror|forward|credentials?|password|secret|cookie|sudo|root|bcc|snippet|upload|relay|extra paths|force delete|run as|private key|api key|access token)(?: .*)?$/i;
/** What the text of a new parameter or a new default says of the same. */
const POWERFUL_TEXT =
  /https?:|\b(?:shell|executed|evaluated|arbitrary|privileges?|credentials? of|password of|user'?s? (?:password|cookie|token|credentials?)|session cookie|api key of|copy of every|anywhere|programs? to start)\b/i;
/** Tokens of paging and idempotence open nothing. */
const PAGING = /next|page|client|continuation|sync/i;
const POWER = 0.45;

/** Drift of shape, 0..1: saturating sum over the changes of schema and tools. */
export function structuralDrift(changes: readonly DefinitionChange[]): number {
  let sum = 0;
  for (const change of changes) {
    sum += WEIGHTS[change.kind];
    if (gainsPower(change)) sum += POWER;
  }
  return 1 - Math.exp(-1.5 * sum);
}

/** `session_cookie`, `sessionCookie` -> `session cookie`. */
function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[^A-Za-z0-9]+/g, ' ');
}

function gainsPower(change: DefinitionChange): boolean {
  switch (change.kind) {
    case 'param_added':
      return POWERFUL_NAME.test(words(change.name)) || POWERFUL_TEXT.test(change.after);
    case 'default_changed':
    case 'tool_added':
      return POWERFUL_TEXT.test(change.after) && !POWERFUL_TEXT.test(change.before);
    case 'required_added':
      return /credential|password|secret|token|cookie/i.test(change.name) && !PAGING.test(change.name);
    case 'tool_removed':
    case 'tool_renamed':
    case 'description_changed':
    case 'param_removed':
    case 'param_renamed':
    case 'param_text_changed':
    case 'required_removed':
    case 'schema_changed':
    case 'title_changed':
    case 'annotations_changed':
      return false;
  }
}
