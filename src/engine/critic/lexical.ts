import type { DefinitionChange } from '../analysis/definitionDiff.ts';
import { scanText } from '../analysis/textHints.ts';
import { hostsIn, isReservedHost } from '../analysis/addresses.ts';
import { diffWords } from '../text/diff.ts';
import { encodedRuns } from '../text/decoders.ts';
import { lowerCase } from '../text/document.ts';

/** Weight of a property that appears in added text: orders, secrecy and destinations outweigh rewording. */
const WEIGHTS: { readonly [code: string]: number } = {
  override_phrase: 0.6,
  secrecy_phrase: 0.6,
  data_into_field: 0.5,
  covert_collection: 0.45,
  credential_path: 0.5,
  credential_words: 0.3,
  personal_data: 0.3,
  imperative_to_assistant: 0.3,
  ordering_condition: 0.25,
  second_person_order: 0.2,
  addresses_model: 0.35,
  authority_claim: 0.3,
  role_markup: 0.4,
  preference_claim: 0.35,
  email_recipient: 0.4,
  iban_or_account: 0.4,
  pipe_to_shell: 0.6,
  encoded_command: 0.6,
  download_to_disk: 0.5,
  code_call: 0.4,
  privilege_command: 0.5,
  destructive_command: 0.5,
  hidden_file: 0.5,
  home_path: 0.3,
  numeric_host: 0.4,
  internal_address: 0.3,
  secret_value: 0.4,
  html_comment: 0.3,
  persona_switch: 0.4,
};
const EXTERNAL_HOST = 0.4;
const ENCODED = 0.6;
/** A rewording of any length weighs at most this much. */
const VOLUME = 0.15;
const MAX_ADDED = 8_000;

/** Drift of wording, 0..1: what the added text does, saturating, plus a little for its volume. */
export function lexicalDrift(changes: readonly DefinitionChange[]): number {
  let added = '';
  let removed = '';
  for (const change of changes) {
    if (change.kind === 'required_added' || change.kind === 'required_removed') continue;
    const diff = diffWords(change.before, change.after);
    added += `${diff.added.map((span) => span.text).join(' ')}\n`;
    removed += `${diff.removed.map((span) => span.text).join(' ')}\n`;
    if (added.length > MAX_ADDED) break;
  }
  const before = codesIn(removed);
  let weight = 0;
  for (const [code, value] of codesIn(added.slice(0, MAX_ADDED))) if (!before.has(code)) weight += value;
  const words = added.split(/\s+/).filter((word) => word !== '').length;
  return 1 - Math.exp(-weight) * (1 - VOLUME * (1 - Math.exp(-words / 40)));
}

function codesIn(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const lower = lowerCase(text);
  for (const hit of scanText(lower)) {
    const weight = WEIGHTS[hit.code];
    if (weight !== undefined) found.set(hit.code, weight);
  }
  if (hostsIn(lower).some((host) => !isReservedHost(host))) found.set('external_host', EXTERNAL_HOST);
  const runs = encodedRuns(text);
  if (runs.length > 0) {
    found.set('encoded', ENCODED);
    for (const run of runs.slice(0, 4)) {
      for (const hit of scanText(lowerCase(run.text))) {
        const weight = WEIGHTS[hit.code];
        if (weight !== undefined) found.set(hit.code, weight);
      }
    }
  }
  return found;
}
