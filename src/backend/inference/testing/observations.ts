import type { GatewayMessage } from '../../../contract/messages.ts';
import type { Observation } from '../../../contract/observation.ts';
import { observeMessage } from '../../../engine/environment/observeMessage.ts';

/** A call of a file tool with the given path. */
export function callMessage(path: string): GatewayMessage {
  return {
    kind: 'call',
    message: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'read_file', arguments: { path } } },
    context: { transport: 'stdio', server: 'files', tool: 'read_file', userTask: 'Summarise my notes.' },
  };
}

/** A tool result with the given text. */
export function resultMessage(text: string): GatewayMessage {
  return {
    kind: 'result',
    message: { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } },
    context: { transport: 'http', server: 'wiki', tool: 'get_page' },
  };
}

export function observeCall(path: string): Observation {
  return observeMessage(callMessage(path));
}

export function observeResult(text: string): Observation {
  return observeMessage(resultMessage(text));
}
