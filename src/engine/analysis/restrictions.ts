import { CAPABILITIES, type Capability } from '../../contract/actions.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { Analysis } from './analysis.ts';
import { asksFor, EFFECTS } from './effects.ts';

/** Taken away whenever exercised without a grant: ordinary work inside a workspace never needs them. */
const ALWAYS: readonly Capability[] = ['fs.outside_root', 'secrets.read', 'net.internal', 'budget'];
/** Findings that make an effect doubtful although no user task is known. */
const DOUBT: { readonly [C in Capability]?: readonly string[] } = {
  'net.egress': [
    'secret_value',
    'long_query_string',
    'numeric_host',
    'decoded_instruction',
    'credential_path',
    'env_sending',
    'sending_flag',
    'data_into_field',
    'covert_collection',
  ],
  'message.send': ['secret_value', 'credential_path', 'credential_words', 'secrecy_phrase', 'covert_collection'],
  'process.exec': [
    'pipe_to_shell',
    'reverse_shell_shape',
    'encoded_command',
    'privilege_command',
    'persistence_location',
    'command_in_argument',
    'destructive_command',
    'power_parameter',
    'inline_code',
    'covert_collection',
  ],
  'fs.write': ['persistence_location', 'hidden_file', 'secret_value'],
  'fs.delete': ['destructive_command'],
  'identity.admin': ['privilege_command', 'secrecy_phrase'],
  'context.write': ['override_phrase', 'ordering_condition', 'secrecy_phrase'],
  payment: ['secrecy_phrase', 'override_phrase'],
};

/** What a finding puts at stake beyond the capabilities that the wording names. */
const BUNDLES: readonly (readonly [string, readonly Capability[]])[] = [
  ['path_traversal', ['fs.read', 'fs.outside_root']],
  ['credential_path', ['secrets.read', 'fs.read']],
  ['credential_query', ['secrets.read', 'process.exec']],
  ['secret_value', ['secrets.read', 'net.egress', 'message.send']],
  ['acts_for_another', ['identity.admin', 'message.send']],
  ['heavy_load', ['budget']],
  ['power_parameter', ['net.egress']],
  ['extra_parameter', ['fs.read', 'net.egress', 'context.write']],
  ['covert_collection', ['secrets.read', 'net.egress']],
  ['scope_widened', ['fs.read', 'fs.outside_root', 'net.egress']],
];
/** Findings that put a whole call or definition in doubt. */
const GRAVE: readonly string[] = [
  'path_traversal',
  'credential_path',
  'secret_value',
  'acts_for_another',
  'command_in_argument',
  'unrequested_effect',
  'task_overlap_none',
  'secrecy_phrase',
  'override_phrase',
  'decoded_instruction',
  'pipe_to_shell',
  'reverse_shell_shape',
  'encoded_command',
  'persistence_location',
  'covert_collection',
  'scope_widened',
  'credential_query',
  'power_parameter',
  'extra_parameter',
  'data_into_field',
];

/** Not in doubt any more once the user's task names the very values. */
const WEAK_DOUBT: ReadonlySet<string> = new Set(['numeric_host', 'long_query_string', 'credential_words']);

/**
 * Capabilities that a mediation should take away: those the message exercises beyond
 * what the operator granted and the user's task plausibly needs. In the order of
 * CAPABILITIES; usually empty for an ordinary message.
 */
export function proposeRestrictions(message: GatewayMessage, analysis: Analysis): readonly Capability[] {
  const codes = new Set(analysis.hints.map((hint) => hint.code));
  const { granted, userTask } = message.context;
  const taken = new Set<Capability>();
  for (const capability of analysis.exercised) {
    if (granted !== undefined && !granted.includes(capability)) taken.add(capability);
    else if (ALWAYS.includes(capability)) {
      if (granted === undefined || isDoubtful(capability, codes)) taken.add(capability);
    } else if (EFFECTS.includes(capability) && isUncalledFor(message, capability, codes, userTask)) taken.add(capability);
  }
  for (const [code, bundle] of BUNDLES) if (codes.has(code)) for (const capability of bundle) taken.add(capability);
  if (userTask !== undefined && isUnrelated(codes)) for (const effect of EFFECTS) if (!asksFor(userTask, effect)) taken.add(effect);
  // Where a call or a definition is in doubt as a whole, nothing it exercises is taken on trust.
  if (isCallOrDefinition(message) && GRAVE.some((code) => codes.has(code)) && !codes.has('quoted_as_data'))
    for (const capability of analysis.exercised) taken.add(capability);
  return CAPABILITIES.filter((capability) => taken.has(capability));
}

/** A call that its task does not explain: nothing that the task did not ask for should come of it. */
function isUnrelated(codes: ReadonlySet<string>): boolean {
  return codes.has('unrequested_effect') || (codes.has('task_overlap_none') && codes.has('changing_tool'));
}

function isCallOrDefinition({ kind }: GatewayMessage): boolean {
  return kind === 'call' || kind === 'manifest' || kind === 'manifest_changed';
}

/** A granted capability is still taken away where the message reaches for places that no grant covers. */
function isDoubtful(capability: Capability, codes: ReadonlySet<string>): boolean {
  if (capability === 'secrets.read') return codes.has('credential_path');
  if (capability === 'fs.outside_root') return codes.has('path_traversal') || codes.has('credential_path');
  return false;
}

function isUncalledFor(message: GatewayMessage, capability: Capability, codes: ReadonlySet<string>, userTask: string | undefined): boolean {
  const named = codes.has('task_overlap_high');
  if ((DOUBT[capability] ?? []).some((code) => codes.has(code) && !(named && WEAK_DOUBT.has(code)))) return true;
  if (message.kind !== 'call' || userTask === undefined) return false;
  if (codes.has('task_overlap_high') || codes.has('task_names_tool')) return false;
  return !asksFor(userTask, capability);
}
