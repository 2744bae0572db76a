import type { GatewayMessage } from '../../contract/messages.ts';
import { textLeaves } from '../text/leaves.ts';
import { callArguments, toolName } from './messageParts.ts';

const STOP = new Set(
  'the and for are but not you all any can had her was one our out get has him his how its may see use this that with have from they what when your about there please could would should will into also then than them just need want like help using make sure some more very let know find tell give show check'.split(
    ' ',
  ),
);
const MAX_TEXT = 4_000;

/**
 * Share of the call's content words that the user's task names, 0..1; null without a
 * task or without content words. Tool words count double: `send_money` for a task that
 * never speaks of sending or money is the mark of a hijacked call.
 */
export function taskOverlap(message: GatewayMessage): { readonly words: number; readonly tool: number } | null {
  const task = message.context.userTask;
  if (message.kind !== 'call' || task === undefined) return null;
  const known = stems(task.slice(0, MAX_TEXT));
  const tool = stems(splitIdentifier(toolName(message)));
  const parts: string[] = [];
  let length = 0;
  for (const leaf of textLeaves(callArguments(message)).leaves) {
    parts.push(leaf.text);
    if ((length += leaf.text.length) > MAX_TEXT) break;
  }
  const args = stems(parts.join(' ').slice(0, MAX_TEXT));
  return { words: share(args, known), tool: share(tool, known) };
}

function share(part: ReadonlySet<string>, known: ReadonlySet<string>): number {
  if (part.size === 0) return 0;
  let found = 0;
  for (const word of part) if (known.has(word)) found++;
  return found / part.size;
}

/** `sendMoney.now` -> `send Money now`. */
export function splitIdentifier(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[^A-Za-z0-9]+/g, ' ');
}

/** Content words of a text, cut to a crude stem. */
export function stems(text: string): Set<string> {
  const found = new Set<string>();
  for (const match of text.toLowerCase().matchAll(/[\p{L}\p{N}]{2,32}/gu)) {
    const word = match[0];
    if (STOP.has(word) || (word.length < 3 && !/\d/.test(word))) continue;
    found.add(stem(word));
  }
  return found;
}

function stem(word: string): string {
  if (word.length <= 4) return word.length === 4 && word.endsWith('s') ? word.slice(0, 3) : word;
  const cut = word.replace(/(?:ations?|ings?|ments?|ers?|ies|ied|ed|es|ly|s|e|y)$/, '');
  return cut.length >= 3 ? cut.slice(0, 7) : word.slice(0, 7);
}
