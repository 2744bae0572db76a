import { CAPABILITIES, type Capability } from '../../contract/actions.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { splitIdentifier } from './taskOverlap.ts';
import { callArguments, launchEntries, toolName } from './messageParts.ts';

/** Words of a tool's name or description that speak of a capability. */
const WORDS: readonly (readonly [Capability, RegExp])[] = [
  [
    'fs.read',
    /\b(?:read|open|get|cat|load|view|list|fetch|search|find|grep|tail|head|lint|parse)\w{0,3}\b[^.\n]{0,24}\b(?:file|folder|director|document|path|asset|attachment|disk|log)s?/,
  ],
  [
    'fs.write',
    /\b(?:write|save|edit|create|update|append|move|rename|copy|mkdir|zip|export|download|resize|convert)\w{0,3}\b[^.\n]{0,24}\b(?:file|folder|director|document|path|asset|disk)\w{0,3}/,
  ],
  ['fs.delete', /\b(?:delete|remove|rm|erase|trash|wipe|purge|truncate|drop|shred)\w{0,2}\b/],
  [
    'net.egress',
    /\b(?:http|https|url|fetch|download|upload|browse|web ?page|webpage|website|webhook|request|crawl|scrape|ping|curl|wget|post to)\b/,
  ],
  [
    'process.exec',
    /\b(?:shell|exec|execute|command|terminal|bash|powershell|subprocess|run (?:a |the )?(?:script|code|command|program)|invoke shell|run script|run command|eval|kernel|python code)\b/,
  ],
  [
    'message.send',
    /\b(?:send|post|reply|forward|publish|tweet|notify|email|e ?mail|invite|comment|share|message|slack|sms|retweet|mention)\b/,
  ],
  [
    'payment',
    /\b(?:pay|payment|transfer|purchase|buy|order|checkout|charge|invoice|refund|fund|withdraw|deposit|trade|book(?:ing)?|reserve|money|transaction|subscribe|bet|wire|bank|donate|sell|stock order|place order)\b/,
  ],
  [
    'identity.admin',
    /\b(?:user|users|password|role|roles|permission|permissions|grant|account|admin|invite|member|acl|policy|iam|2fa|auth|login|credential|sudo|privilege|group|key)\b/,
  ],
  ['context.write', /\b(?:memory|memories|remember|note to self|knowledge|embed|vector|store fact|context|instruction)\b/],
];

const ARGUMENT_KEYS: readonly (readonly [Capability, RegExp])[] = [
  ['fs.read', /^(?:path|file|filename|file_?path|uri|asset|document|directory|dir|folder|filepath)$/i],
  ['net.egress', /^(?:url|uri|href|link|endpoint|callback_?url|webhook|host|page|target|domain|website)$/i],
  ['process.exec', /^(?:cmd|command|commandline|command_line|script|code|shell|line|program|exec)$/i],
  ['message.send', /^(?:recipients?|to|cc|bcc|channel|receiver(?:_id)?|subject|message|email_?to)$/i],
  ['payment', /^(?:amount|iban|card_?(?:id|number)|currency|price|payee|quantity|order_type|budget_limit)$/i],
];
/** A URL, or a host name with a known kind of ending. */
const NETWORK_VALUE = /^[a-z][a-z0-9+.-]*:\/\/|^www\.|^(?:[\w-]+\.)+(?:com|net|org|io|dev|app|co|site|xyz|cc|info|online|me)\b/i;
const BUDGET_KEY =
  /^(?:count|limit|n|max_?(?:results|items|tokens|pages|depth)|iterations|repeat|times|size|concurrency|threads|page_?size|num|quantity|timeout|retries)$/i;
/** Above this a count or a token limit is a load worth naming. */
const HUGE_COUNT = 10_000;

/** Without one of these a text merely talks about things; it asks nobody to do them. */
const GIVES_ORDERS = [
  'override_phrase',
  'talks_to_model',
  'new_task_marker',
  'boundary_marker',
  'role_markup',
  'secrecy_phrase',
  'decoded_instruction',
  'data_into_field',
  'imperative_to_assistant',
];

/** Facts of the text that decide capabilities: hint codes and hosts. */
export interface CapabilityFacts {
  readonly codes: ReadonlySet<string>;
  readonly externalHost: boolean;
  readonly internalHost: boolean;
}

/** Capabilities that a message exercises (a call, a launch) or speaks of (other kinds), as far as its text tells. */
export function exercisedCapabilities(message: GatewayMessage, lower: string, facts: CapabilityFacts): readonly Capability[] {
  const found = new Set<Capability>();
  const { codes } = facts;
  if (message.kind === 'call') callCapabilities(message, found, facts);
  else if (message.kind === 'launch') launchCapabilities(message, found, codes);
  else if (message.kind === 'manifest' || message.kind === 'manifest_changed' || GIVES_ORDERS.some((code) => codes.has(code))) {
    const words = lower.length > 8_000 ? lower.slice(0, 8_000) : lower;
    for (const [capability, pattern] of WORDS) if (pattern.test(words)) found.add(capability);
    if (codes.has('pipe_to_shell') || codes.has('download_to_disk') || codes.has('power_parameter')) found.add('process.exec');
  }
  if (codes.has('credential_path') || (message.kind !== 'call' && codes.has('credential_words')) || codes.has('credential_parameter'))
    found.add('secrets.read');
  if (facts.internalHost || codes.has('internal_address')) found.add('net.internal');
  if (facts.externalHost) found.add('net.egress');
  if (codes.has('path_traversal') || codes.has('outside_workspace')) found.add('fs.outside_root');
  if (codes.has('destructive_command')) found.add('fs.delete');
  if (message.kind === 'call' && codes.has('heavy_load')) found.add('budget');
  return CAPABILITIES.filter((capability) => found.has(capability));
}

function callCapabilities(message: GatewayMessage, found: Set<Capability>, facts: CapabilityFacts): void {
  const name = splitIdentifier(toolName(message)).toLowerCase();
  const args = callArguments(message);
  // Tools called fetch or download may fetch from a disk: only an address in the arguments makes them reach out.
  for (const [capability, pattern] of WORDS) if (capability !== 'net.egress' && pattern.test(name)) found.add(capability);
  for (const [key, value] of Object.entries(args).slice(0, 64)) {
    for (const [capability, pattern] of ARGUMENT_KEYS) {
      if (capability === 'fs.read' && typeof value === 'string' && /^[a-z]+:\/\//i.test(value)) continue;
      if (capability === 'net.egress' && !(typeof value === 'string' && NETWORK_VALUE.test(value))) continue;
      if (pattern.test(key)) found.add(capability);
    }
    if (BUDGET_KEY.test(key) && typeof value === 'number' && value >= HUGE_COUNT) found.add('budget');
  }
  if (found.has('fs.read') && /\b(?:write|save|edit|create|update|append|move|rename|upload|resize|zip)\b/.test(name))
    found.add('fs.write');
  if (/^[a-z ]*\b(?:read|get|open|list|view|show|search|find|check|verify)\b/.test(name)) {
    // A tool that only reads does not send, pay or administer, whatever its object is called.
    for (const capability of ['message.send', 'payment', 'identity.admin'] as const) found.delete(capability);
  }
  for (const code of [
    'pipe_to_shell',
    'reverse_shell_shape',
    'command_substitution',
    'code_call',
    'encoded_command',
    'shell_metacharacters',
    'windows_admin_tool',
    'unix_admin_tool',
  ])
    if (facts.codes.has(code)) found.add('process.exec');
  if (facts.codes.has('download_to_disk')) found.add('net.egress');
  if (facts.codes.has('privilege_command')) found.add('identity.admin');
}

function launchCapabilities(message: GatewayMessage, found: Set<Capability>, codes: ReadonlySet<string>): void {
  found.add('process.exec');
  for (const code of ['package_url', 'unpinned_package', 'pinned_package', 'download_to_disk', 'network_tool_launch'])
    if (codes.has(code)) found.add('net.egress');
  if (codes.has('docker_host_mount') || codes.has('docker_socket') || codes.has('docker_privileged')) found.add('fs.outside_root');
  if (codes.has('privilege_command') || codes.has('privileged_launch')) found.add('identity.admin');
  if (launchEntries(message).some((entry) => entry.env.some(([name]) => /token|secret|password|key|credential/i.test(name))))
    found.add('secrets.read');
}
