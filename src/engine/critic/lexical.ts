import type { DefinitionChange } from '../analysis/definitionDiff.ts';
import { scanText } from '../analysis/textHints.ts';
import { hostsIn, isReservedHost } from '../analysis/addresses.ts';
import { diffWords } from '../text/diff.ts';
import { encodedRuns } from '../text/decoders.ts';
import { lowerCase } from '../text/document.ts';

/**
 * Weight of a property that appears in added text, fitted on benign and harmful edits and
 * rounded: destinations, reach, secrecy and goals outweigh forceful style, which careful
 * documentation shares. What is missing here weighs nothing.
 */
const WEIGHTS: { readonly [property: string]: number } = {
  scope_widened: 1.2,
  email_recipient: 1.2,
  favours_vendor: 1.1,
  encoded: 1,
  hidden: 1,
  covert_collection: 1,
  external_host: 0.9,
  money_action: 0.9,
  data_into_field: 0.9,
  personal_data: 0.9,
  sensitive_action: 0.8,
  secrecy_phrase: 0.8,
  pressure: 0.7,
  credential_path: 0.7,
  arbitrary_code: 0.7,
  pipe_to_shell: 0.7,
  reverse_shell_shape: 0.7,
  encoded_command: 0.6,
  hidden_markup: 0.6,
  temp_path: 0.6,
  home_path: 0.5,
  hidden_file: 0.5,
  iban_or_account: 0.5,
  percent_escapes: 0.35,
  override_phrase: 0.45,
  credential_words: 0.2,
  code_call: 0.4,
  privilege_command: 0.4,
  persistence_location: 0.4,
  destructive_command: 0.4,
  download_to_disk: 0.4,
  secret_value: 0.3,
  numeric_host: 0.3,
  internal_address: 0.3,
  talks_to_model: 0.3,
  system_path: 0.25,
  security_words: 0.2,
  prompt_reference: 0.2,
  ordering_condition: 0.2,
  persona_switch: 0.2,
  boundary_marker: 0.2,
  imperative_to_assistant: 0.2,
  tool_ordering: 0.2,
  preference_claim: 0.15,
  new_task_marker: 0.15,
  role_markup: 0.1,
  html_comment: 0.1,
  authority_claim: 0.05,
  second_person_order: 0.05,
};
/** Pointing at documentation sends nothing there. */
const REFERENCE = /\b(?:documentation|see|reference|docs|guide|api reference|more)\s?:? https?:\/\/\S{1,300}/g;
/** Text that was hidden from readers; the wording comes from the definition's comparison. */
const HIDDEN = /\((?:hidden:|shown as:|zero-width characters|look-alike letters|bidirectional controls)/;
/** A rewording of any length weighs at most this much. */
const VOLUME = 0.08;
/** Changes whose text a model reads as language; of the others only sentences count, not enum values or formats. */
const SPEAKS: ReadonlySet<DefinitionChange['kind']> = new Set([
  'description_changed',
  'param_text_changed',
  'param_added',
  'title_changed',
  'tool_added',
  'default_changed',
]);
const MIN_WORDS = 4;
const MAX_ADDED = 8_000;
const MAX_RUNS = 4;

/** Drift of wording, 0..1: what the added text does, saturating, plus a little for its volume. */
export function lexicalDrift(changes: readonly DefinitionChange[]): number {
  const { properties, words } = addedProperties(changes);
  let weight = 0;
  for (const property of properties) weight += WEIGHTS[property] ?? 0;
  return 1 - Math.exp(-Math.max(0, weight)) * (1 - VOLUME * (1 - Math.exp(-words / 40)));
}

/** Properties of the text that the changes add and that the text they take away lacks, and the number of added words. */
export function addedProperties(changes: readonly DefinitionChange[]): {
  readonly properties: ReadonlySet<string>;
  readonly words: number;
} {
  let added = '';
  let removed = '';
  for (const change of changes) {
    if (!SPEAKS.has(change.kind) && change.after.split(' ').length < MIN_WORDS) continue;
    const diff = diffWords(change.before, change.after);
    added += `${diff.added.map((span) => span.text).join(' ')}\n`;
    removed += `${diff.removed.map((span) => span.text).join(' ')}\n`;
    if (added.length > MAX_ADDED) break;
  }
  const before = propertiesOf(removed);
  const properties = new Set<string>();
  for (const property of propertiesOf(added.slice(0, MAX_ADDED))) if (!before.has(property)) properties.add(property);
  return { properties, words: added.split(/\s+/).filter((word) => word !== '').length };
}

/** Hint codes of a text and of what is encoded in it, and four properties of its own. */
function propertiesOf(text: string): Set<string> {
  const found = new Set<string>();
  if (!/\S/.test(text)) return found;
  const lower = lowerCase(text);
  for (const hit of scanText(lower)) found.add(hit.code);
  if (hostsIn(lower.replace(REFERENCE, '')).some((host) => !isReservedHost(host))) found.add('external_host');
  if (HIDDEN.test(text)) found.add('hidden');
  const runs = encodedRuns(text);
  if (runs.length > 0) found.add(runs.every((run) => run.encoding === 'url') ? 'percent_escapes' : 'encoded');
  for (const run of runs.slice(0, MAX_RUNS)) for (const hit of scanText(lowerCase(run.text))) found.add(hit.code);
  return found;
}
