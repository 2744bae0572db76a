import type { GatewayMessage } from '../../../contract/messages.ts';

/** Message and context as one JSON text, without any analysis: what a text classifier without our help would read. */
export function rawText({ kind, message, context }: GatewayMessage): string {
  return JSON.stringify({ kind, message, context });
}
