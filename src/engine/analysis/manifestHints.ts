import type { JsonValue } from '../../contract/json.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { Hint } from '../../contract/observation.ts';
import { definitionChanges, toolsOf, type DefinitionChange } from './definitionDiff.ts';

/** Parameters that ask for more than a task: free room for other people's data. */
const EXTRA_PARAMETER =
  /^(?:side_?note|aside|context|conversation(?:_history)?|chat_?history|feedback|reasoning|thoughts?|memo|debug(?:_info)?|extra|trace|system_?prompt|user_?(?:intent|data|context|info|profile)|previous_?(?:output|result|messages)|history|open_files|browser_?profile|documents_?dir|clipboard|keystrokes|all_files|screen(?:shot)?s?|all_?messages|env(?:ironment)?_?vars?)$/i;
const CREDENTIAL_PARAMETER =
  /pass(?:word|wd|phrase)|credential|secret|api_?key|access_?token|auth_?token|session_?(?:token|cookie)|private_?key|user_?token|cookie|ssh_?key|token_?store|wallet/i;
const POWER_PARAMETER =
  /^(?:(?:upload|report|send|forward|copy|mirror)_?to|command|cmd|shell|exec|execute|code|script|eval|hook|callback(?:_?url)?|webhook(?:_?url)?|endpoint|mirror(?:_?to)?|forward_?to|copy_?to|bcc|run_?before|pre_?(?:command|hook)|post_?(?:command|hook)|sudo|as_?root|file_?path|target_?host|upload_?url|proxy|home_?dir(?:ectory)?|root_?(?:path|dir))$/i;
const OFFENSIVE_NAME =
  /exploit|ransom|phish|brute|keylog|backdoor|privesc|exfil|malware|payload|reverse_?shell|spoof|hijack|steal|crack|recon_|persist|evasion|bypass|inject|attack|dump|botnet|manipulat|fraud|sabotage|disrupt|tamper|poison|escalat|c2_|lateral|sniff/i;

const MAX_PARAMETERS = 400;

/** Observable properties of tool definitions. */
export function manifestHints(message: GatewayMessage): Hint[] {
  const hints: Hint[] = [];
  const tools = toolsOf(message.message.result);
  const names = new Set(tools.map((tool) => (typeof tool.name === 'string' ? tool.name : '')));
  tools.forEach((tool, i) => {
    const base = `/result/tools/${i}`;
    const name = typeof tool.name === 'string' ? tool.name : '';
    const parameters = parameterNames(tool);
    if (OFFENSIVE_NAME.test(name))
      hints.push({ code: 'offensive_tool_name', text: 'tool name with attack vocabulary', pointer: `${base}/name` });
    for (const parameter of parameters) {
      const pointer = `${base}/inputSchema/properties/${parameter.slice(0, 64)}`;
      if (EXTRA_PARAMETER.test(parameter))
        hints.push({ code: 'extra_parameter', text: `parameter "${parameter.slice(0, 32)}" asks for surrounding data`, pointer });
      else if (CREDENTIAL_PARAMETER.test(parameter))
        hints.push({ code: 'credential_parameter', text: `parameter "${parameter.slice(0, 32)}" takes a credential`, pointer });
      else if (POWER_PARAMETER.test(parameter))
        hints.push({ code: 'power_parameter', text: `parameter "${parameter.slice(0, 32)}" takes code or a destination`, pointer });
    }
    const other = otherToolIn(tool, name, names, parameters);
    if (other !== 'none') hints.push({ code: 'cross_tool_reference', text: 'mentions other tools', pointer: `${base}/description` });
    if (other === 'ranked')
      hints.push({ code: 'ranks_other_tool', text: 'ranks itself against another tool', pointer: `${base}/description` });
  });
  return hints;
}

function parameterNames(tool: Readonly<Record<string, JsonValue>>): string[] {
  const schema = tool.inputSchema;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [];
  const properties = (schema as Record<string, JsonValue>).properties;
  return typeof properties === 'object' && properties !== null && !Array.isArray(properties)
    ? Object.keys(properties).slice(0, MAX_PARAMETERS)
    : [];
}

/** Identifiers such as `send_email` or `sendEmail` in prose that are neither this tool nor one of its parameters. */
const IDENTIFIER = /\b(?:[a-z][a-z0-9]{1,24}(?:_[a-z0-9]{1,24}){1,5}|[a-z]{2,20}[A-Z][a-zA-Z]{2,24})\b/g;
const MAX_DESCRIPTION = 8_000;

/** What a sentence says to put one tool above or around another. */
const RANKING =
  /\b(?:retired|outdated|deprecated|replaced|superseded|unreliable|insecure|obsolete|stale|faulty|broken|forget|substitute|instead|prefer\w*|avoid|never|not dependable|right before|before it|is available|first|rather than|only this|dangerous|wrong|must not be used|do not use|in place of|no longer)\b/i;
const NEAR = /\b(?:tool|call(?:ing|s|ed)?|use|using|invoke|from|with|before|after|of|than|running|if|to|and|or|like|by)\s{1,2}[`'"]?$/i;
const FOLLOWS = /^[`'"]?(?:\(\))?\s(?:is|has|was|are|tool|instead|first|before|when|for|to)\b/i;

/** Whether a description names another tool, and whether it ranks itself against it. */
function otherToolIn(
  tool: Readonly<Record<string, JsonValue>>,
  name: string,
  names: ReadonlySet<string>,
  parameters: readonly string[],
): 'none' | 'named' | 'ranked' {
  const description = typeof tool.description === 'string' ? tool.description.slice(0, MAX_DESCRIPTION) : '';
  if (description === '') return 'none';
  const own = new Set(parameters);
  let found: 'none' | 'named' = 'none';
  for (const match of description.matchAll(IDENTIFIER)) {
    const word = match[0];
    if (word === name || own.has(word)) continue;
    const end = match.index + word.length;
    const named =
      names.has(word) ||
      NEAR.test(description.slice(Math.max(0, match.index - 12), match.index)) ||
      FOLLOWS.test(description.slice(end, end + 12));
    if (!named) continue;
    found = 'named';
    const from = Math.max(description.lastIndexOf('.', match.index), description.lastIndexOf('\n', match.index), match.index - 120);
    const stop = description.indexOf('.', end);
    if (RANKING.test(description.slice(Math.max(0, from), Math.min(stop < 0 ? description.length : stop, end + 120)))) return 'ranked';
  }
  return found;
}

const CHANGE_WORDS: { readonly [K in DefinitionChange['kind']]: string } = {
  tool_added: 'tool added',
  tool_removed: 'tool removed',
  tool_renamed: 'tool renamed',
  description_changed: 'description changed',
  param_added: 'parameter added',
  param_removed: 'parameter removed',
  param_renamed: 'parameter renamed',
  param_text_changed: 'parameter text changed',
  required_added: 'requirement added',
  required_removed: 'requirement dropped',
  default_changed: 'default changed',
  schema_changed: 'schema changed',
  title_changed: 'title changed',
  annotations_changed: 'annotations changed',
};

/** `differs_from_pinned` and one hint for each kind of change. */
export function changeHints(message: GatewayMessage): Hint[] {
  const changes = definitionChanges(message);
  if (changes.length === 0) return [];
  const kinds = [...new Set(changes.map((change) => change.kind))];
  return [
    { code: 'differs_from_pinned', text: `differs from the pinned definition: ${kinds.map((kind) => CHANGE_WORDS[kind]).join(', ')}` },
    ...kinds.map((kind) => ({ code: kind, text: CHANGE_WORDS[kind] })),
  ];
}
