import type { Action } from '../../../contract/actions.ts';
import type { GatewayMessage, MessageKind } from '../../../contract/messages.ts';

/**
 * The rules a security team would write in an afternoon, over the raw text and without decoding:
 * phrases of published injection, poisoning, traversal, command and exfiltration payloads.
 */
const RULES: readonly RegExp[] = [
  /\b(ignore|disregard|forget|override)\b.{0,40}\b(previous|prior|above|earlier|all|your)\b.{0,30}\b(instruction|prompt|rule|message|context|guideline)/,
  /\b(do not|don't|never)\b.{0,30}\b(mention|tell|inform|notify|reveal|show)\b.{0,40}\b(user|anyone|human|operator)/,
  /<\s*\/?\s*(important|system|secret|instructions?|information)\s*>/,
  /\b(system prompt|developer mode|jailbreak|you are now|act as dan)\b/,
  /\bbefore (using|calling|invoking|running) (this|any|the)\b.{0,60}\b(read|send|fetch|call|include|pass)\b/,
  /(\.\.[\\/]){2,}|%2e%2e|\.\.%2f/,
  /\/etc\/(passwd|shadow|sudoers)|\bid_(rsa|ed25519|ecdsa)\b|\.aws\/credentials|\.ssh\/|\.kube\/config|\.netrc|\.git-credentials/,
  /169\.254\.169\.254|metadata\.google\.internal|\bfile:\/\/\/|\bgopher:\/\//,
  /\b(curl|wget|iwr|invoke-webrequest)\b[^\n]{0,200}\|\s*(ba|z|da)?sh\b|\b(iex|invoke-expression)\b/,
  /\/dev\/tcp\/|\bnc(at)?\b.{0,20}\s-e\b|\bbash -i\b|\bmkfifo\b|\bsocket\.socket\(/,
  /\brm -rf? \/|\bmkfs\b|\bdd if=|:\(\)\s*\{/,
  /[;&|`]\s*(cat|id|whoami|uname|ping|sleep|nslookup|wget|curl|rm|nc)\b|\$\((cat|id|whoami|curl|wget)\b/,
  /\b(base64 (-d|--decode)|-enc(odedcommand)?\s+[a-z0-9+/=]{20,}|frombase64string|eval\(|exec\(|os\.system\()/,
  /--privileged\b|\/var\/run\/docker\.sock|-v \/:\/|\b(ld_preload|node_options|pythonstartup)\b/,
  /\bexfiltrat|\bkeylog|\breverse shell\b|\bmimikatz\b|\bsteal\b/,
];

const ACTION_BY_KIND: { readonly [K in MessageKind]: Action } = {
  manifest: 'BLOCK',
  manifest_changed: 'SEMANTIC_DIFF',
  call: 'BLOCK',
  result: 'SPOTLIGHT',
  resource: 'SPOTLIGHT',
  sampling: 'SPOTLIGHT',
  launch: 'REVOKE_STDIO',
};

const READ_CHARACTERS = 200_000;

/** Keyword baseline: the usual counter-measure for the kind of message when any rule matches, else ALLOW. */
export function keywordRules({ kind, message }: Pick<GatewayMessage, 'kind' | 'message'>): Action {
  const text = strings(message).toLowerCase().slice(0, READ_CHARACTERS);
  return RULES.some((rule) => rule.test(text)) ? ACTION_BY_KIND[kind] : 'ALLOW';
}

/** Every string of a JSON value, one a line, so that escapes of the JSON text do not hide what they spell. */
function strings(value: unknown): string {
  const out: string[] = [];
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string') out.push(next);
    else if (typeof next === 'object' && next !== null) pending.push(...(Object.values(next) as unknown[]).reverse());
  }
  return out.join('\n');
}
