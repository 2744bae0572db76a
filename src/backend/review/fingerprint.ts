import { createHash } from 'node:crypto';
import type { GatewayMessage } from '../../contract/messages.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { criticTexts } from '../../engine/critic/critic.ts';
import { diffWords } from '../../engine/text/diff.ts';

/**
 * SHA-256 of what an analyst judges: the message and its context, without the JSON-RPC id and the trace, which differ
 * between two crossings of the very same message.
 */
export function evidenceHash({ kind, message, context }: GatewayMessage): string {
  const { method, params, result, error } = message;
  const { transport, server, tool, userTask, granted, baseline } = context;
  return sha256(canonical([kind, method, params, result, error, transport, server, tool, userTask, granted, baseline]));
}

/**
 * SHA-256 of the change as such: kind, tool, and the words added to and taken from the reference, figures blanked out.
 * Messages without a reference have their evidence's.
 */
export function changeFingerprint(message: GatewayMessage): string {
  const texts = criticTexts(message, analyze(message));
  if (texts === null) return evidenceHash(message);
  const { added, removed } = diffWords(texts.reference, texts.candidate);
  const words = (spans: readonly { readonly text: string }[]): string =>
    spans.map(({ text }) => text.toLowerCase().replace(/\d+/g, '0')).join('\n');
  return sha256(canonical([message.kind, message.context.tool ?? null, texts.kind, words(added), words(removed)]));
}

/** JSON with sorted keys, so that the order in which a server writes them makes no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
