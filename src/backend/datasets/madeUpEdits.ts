import type { JsonValue } from '../../contract/json.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { toolsOf } from '../../engine/analysis/definitionDiff.ts';
import type { LabelledCase } from './labelledCase.ts';

type Tool = Readonly<Record<string, JsonValue>>;

/** Longer descriptions are left out: what makes one harmful may stand where an embedder does not read any more. */
const MAX_DESCRIPTION = 600;
/** Tools of one manifest that are used. */
const MAX_TOOLS = 3;
/** A capability may not fit a tool's name without any word of its description being to blame. */
const UNSEEN_IN_TEXT = new Set(['capability_mismatch']);

/**
 * Definition changes made out of the definitions of a manifest, so that an embedder sees more kinds of text than real
 * changes hold: a tool gets its description, and, of a benign manifest, a tool gets one of its own sentences. A malicious
 * manifest is used only when it has one tool, since nothing says which of several is the harmful one.
 */
export function madeUpEdits(labelled: LabelledCase): readonly LabelledCase[] {
  const { message } = labelled.observation;
  if (message.kind !== 'manifest' || UNSEEN_IN_TEXT.has(labelled.vector)) return [];
  const tools = toolsOf(message.message.result ?? undefined);
  if (labelled.label === 'malicious' && tools.length !== 1) return [];
  return tools.slice(0, MAX_TOOLS).flatMap((tool, index) => {
    const { description } = tool;
    if (typeof description !== 'string' || description === '' || description.length > MAX_DESCRIPTION) return [];
    const made = [edited(labelled, `${index}-described`, tool, '')];
    const sentences = description.split(/(?<=[.!?])\s+|\n+/).filter((sentence) => sentence.trim() !== '');
    if (labelled.label === 'benign' && sentences.length > 1) {
      // The last one, as additions usually are; earlier ones as the index goes on, for variety.
      const at = sentences.length - 1 - (index % (sentences.length - 1));
      made.push(edited(labelled, `${index}-sentence`, tool, sentences.filter((_, other) => other !== at).join(' ')));
    }
    return made;
  });
}

function edited(labelled: LabelledCase, suffix: string, tool: Tool, before: string): LabelledCase {
  const { context, message } = labelled.observation.message;
  const changed: GatewayMessage = {
    kind: 'manifest_changed',
    message: { ...message, result: { tools: [tool] } },
    context: { ...context, baseline: { ...tool, description: before } },
  };
  return {
    ...labelled,
    id: `${labelled.id}-${suffix}`,
    kind: 'manifest_changed',
    observation: { ...labelled.observation, message: changed },
  };
}
