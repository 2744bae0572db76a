import type { GatewayMessage } from '../../../contract/messages.ts';
import { launchEntries } from '../../analysis/messageParts.ts';

/**
 * Where an attacked string stands decides which disguises still work: a model reads
 * prose, a shell runs a command, a server decodes a path or URL.
 */
export type Place = 'prose' | 'shell' | 'injected' | 'path' | 'url' | 'fixed';

const COMMAND_KEY = /^(?:cmd|command|commandline|command_line|script|code|shell|line|exec|program)$/i;
const PROSE_KEY =
  /^(?:description|title|text|body|message|content|comment|note|notes|subject|summary|data|prompt|reason|query|instructions?|systemPrompt|default)$/i;
const WINDOWS =
  /powershell|\\\\|\breg(?:\.exe)?\s|\bcmd(?:\.exe)?\b|[a-z]:\\|\$env:|\b[a-z]+-[a-z]+\s+-[a-z]|\.exe\b|iex\b|invoke-|certutil|wmic|schtasks/i;

/** The place of a string of a message, from its kind, its key and its shape. */
export function placeOf(message: GatewayMessage, key: string, pointer: string, text: string): Place {
  switch (message.kind) {
    case 'manifest':
    case 'manifest_changed':
      return PROSE_KEY.test(key) ? 'prose' : 'fixed';
    case 'result':
    case 'resource':
    case 'sampling':
      return key === 'uri' || key === 'mimeType' || key === 'role' ? 'fixed' : 'prose';
    case 'call':
      return callPlace(key, text);
    case 'launch':
      if (key === 'description') return 'prose';
      return launchPlace(message, pointer, text);
  }
}

function callPlace(key: string, text: string): Place {
  if (COMMAND_KEY.test(key)) return WINDOWS.test(text) ? 'fixed' : 'shell';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return 'url';
  if (/[;|&`]|\$\(/.test(text)) return 'injected';
  if (/^[^\s]+$/.test(text) && /[/\\]|\.\w/.test(text)) return 'path';
  return PROSE_KEY.test(key) && text.split(' ').length >= 4 ? 'prose' : 'fixed';
}

/** Only the script after `sh -c` can be rewritten without breaking the launch. */
function launchPlace(message: GatewayMessage, pointer: string, text: string): Place {
  if (!pointer.includes('/args/')) return 'fixed';
  const runs = launchEntries(message).some(
    (entry) => /(?:^|\/)(?:ba|z|da|k)?sh$/.test(entry.command) && /^-[lic]*c$/.test(entry.args[entry.args.indexOf(text) - 1] ?? ''),
  );
  return runs ? 'shell' : 'fixed';
}
