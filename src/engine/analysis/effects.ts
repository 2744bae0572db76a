import type { Capability } from '../../contract/actions.ts';

/** Effects on the world that a user's task must have asked for. */
export const EFFECTS: readonly Capability[] = [
  'payment',
  'message.send',
  'identity.admin',
  'fs.delete',
  'net.egress',
  'process.exec',
  'context.write',
  'fs.write',
];

/** Words by which a user's task asks for an effect. */
const ASKED: { readonly [C in Capability]?: RegExp } = {
  payment:
    /\b(?:pay|paid|payment|transfer|send .{0,20}(?:money|\$|€|£|\d)|buy|purchase|order|book|reserve|fund|rent|bill|invoice|refund|trade|sell|deposit|withdraw|checkout|subscri\w*|charge)\b/i,
  'message.send':
    /\b(?:send|reply|respond|email|e-mail|mail|message|post|tweet|share|invite|notify|comment|forward|contact|inform|tell|publish|ticket|slack)\b/i,
  'identity.admin':
    /\b(?:user|account|password|permission|role|invite|add|grant|admin|login|log in|sign|member|authenticat\w*|credential|register|profile)\b/i,
  'fs.delete': /\b(?:delete|remove|clean|clear|erase|drop|cancel|purge|trash|wipe|rid of)\b/i,
  'net.egress':
    /\b(?:https?:|www\.|url|web ?site|web ?page|page|link|download|upload|fetch|browse|visit|online|site|open|api|search|request|post)\b|\.(?:com|org|net|io|dev)\b/i,
  'process.exec':
    /\b(?:run|execute|command|script|shell|terminal|install|build|test|compile|start|launch|list|display|print|find|show|count|search|convert|file|files|directory|folder|process|archive|sort|create|remove|delete|copy|rename|change)\b/i,
  'context.write': /\b(?:remember|note|memory|save|store|keep)\b/i,
  'fs.write':
    /\b(?:write|save|create|edit|update|append|add|fix|change|generate|move|rename|copy|upload|draft|file|document|report|summar\w*)\b/i,
};

const MAX_TASK = 8_000;

/** Whether a user's task speaks of an effect; true for capabilities that are no effect. */
export function asksFor(task: string, capability: Capability): boolean {
  return ASKED[capability]?.test(task.slice(0, MAX_TASK)) ?? true;
}
