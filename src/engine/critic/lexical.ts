import type { DefinitionChange } from '../analysis/definitionDiff.ts';
import { scanText } from '../analysis/textHints.ts';
import { hostsIn, isReservedHost } from '../analysis/addresses.ts';
import { diffWords } from '../text/diff.ts';
import { encodedRuns } from '../text/decoders.ts';
import { lowerCase } from '../text/document.ts';

/** Weight of a property that appears in added text: orders, secrecy and destinations outweigh rewording. */
const WEIGHTS: { readonly [code: string]: number } = {
  override_phrase: 0.8,
  secrecy_phrase: 0.8,
  data_into_field: 0.6,
  covert_collection: 0.6,
  sensitive_action: 0.6,
  arbitrary_code: 0.8,
  credential_path: 0.6,
  credential_words: 0.3,
  personal_data: 0.35,
  imperative_to_assistant: 0.25,
  ordering_condition: 0.3,
  second_person_order: 0.25,
  addresses_model: 0.3,
  talks_to_model: 0.5,
  new_task_marker: 0.5,
  boundary_marker: 0.4,
  tool_ordering: 0.5,
  authority_claim: 0.35,
  role_markup: 0.4,
  preference_claim: 0.4,
  persona_switch: 0.4,
  html_comment: 0.4,
  hidden_markup: 0.5,
  email_recipient: 0.4,
  iban_or_account: 0.4,
  pipe_to_shell: 0.8,
  reverse_shell_shape: 0.8,
  encoded_command: 0.6,
  download_to_disk: 0.6,
  code_call: 0.5,
  privilege_command: 0.6,
  persistence_location: 0.5,
  destructive_command: 0.6,
  hidden_file: 0.5,
  temp_path: 0.3,
  system_path: 0.3,
  home_path: 0.35,
  numeric_host: 0.4,
  internal_address: 0.3,
  secret_value: 0.3,
};
const EXTERNAL_HOST = 0.4;
/** An encoding that writing has little use for; percent escapes are common in examples. */
const ENCODED = 0.6;
const ESCAPED = 0.1;
/** Text that was hidden from readers; the wording comes from the definition's comparison. */
const HIDDEN = /\((?:hidden:|shown as:|zero-width characters|look-alike letters|bidirectional controls)/;
/** A rewording of any length weighs at most this much. */
const VOLUME = 0.08;
const STEEPNESS = 1.2;
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

/** Drift of wording, 0..1: what the added text does, saturating, plus a little for its volume. */
export function lexicalDrift(changes: readonly DefinitionChange[]): number {
  let added = '';
  let removed = '';
  for (const change of changes) {
    if (!SPEAKS.has(change.kind) && change.after.split(' ').length < MIN_WORDS) continue;
    const diff = diffWords(change.before, change.after);
    added += `${diff.added.map((span) => span.text).join(' ')}\n`;
    removed += `${diff.removed.map((span) => span.text).join(' ')}\n`;
    if (added.length > MAX_ADDED) break;
  }
  const before = codesIn(removed);
  let weight = 0;
  for (const [code, value] of codesIn(added.slice(0, MAX_ADDED))) if (!before.has(code)) weight += value;
  const words = added.split(/\s+/).filter((word) => word !== '').length;
  return 1 - Math.exp(-STEEPNESS * weight) * (1 - VOLUME * (1 - Math.exp(-words / 40)));
}

function codesIn(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const lower = lowerCase(text);
  for (const hit of scanText(lower)) {
    const weight = WEIGHTS[hit.code];
    if (weight !== undefined) found.set(hit.code, weight);
  }
  if (hostsIn(lower).some((host) => !isReservedHost(host))) found.set('external_host', EXTERNAL_HOST);
  if (HIDDEN.test(text)) found.set('hidden', ENCODED);
  const runs = encodedRuns(text);
  if (runs.length > 0) {
    found.set('encoded', runs.every((run) => run.encoding === 'url') ? ESCAPED : ENCODED);
    for (const run of runs.slice(0, 4)) {
      for (const hit of scanText(lowerCase(run.text))) {
        const weight = WEIGHTS[hit.code];
        if (weight !== undefined) found.set(hit.code, weight);
      }
    }
  }
  return found;
}
