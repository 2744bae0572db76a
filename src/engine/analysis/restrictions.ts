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
  if (message.kind === 'call' && codes.has('secret_value')) {
    taken.add('secrets.read');
    if (analysis.exercised.includes('net.egress')) taken.add('net.egress');
    if (analysis.exercised.includes('message.send')) taken.add('message.send');
  }
  return CAPABILITIES.filter((capability) => taken.has(capability));
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
