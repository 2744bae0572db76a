import type { GuideDrift, GuideDriftInput } from '../../contract/guide.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { compareWithReference, criticTexts } from '../../engine/critic/critic.ts';
import { DEFAULT_CRITIC } from '../../engine/critic/defaults.ts';

const TOOL = 'tool';

/** Two versions of one tool's description, the first of them pinned, as a changed manifest. */
export function changedDefinition({ reference, candidate }: GuideDriftInput): GatewayMessage {
  const inputSchema = { type: 'object', properties: {} };
  return {
    kind: 'manifest_changed',
    message: { jsonrpc: '2.0', id: 1, result: { tools: [{ name: TOOL, description: candidate, inputSchema }] } },
    context: { transport: 'stdio', server: 'guide', baseline: { name: TOOL, description: reference, inputSchema } },
  };
}

/** What the critic makes of a changed description, with the engine's own embedding and the shipped threshold. */
export function compareDefinitions(input: GuideDriftInput): GuideDrift {
  const message = changedDefinition(input);
  const analysis = analyze(message);
  const compared = criticTexts(message, analysis);
  const critic = compareWithReference(message, analysis, DEFAULT_CRITIC);
  if (compared === null || critic === null) throw new TypeError('a changed manifest with a baseline always has a reference');
  return { compared, critic, weights: DEFAULT_CRITIC.weights, hints: analysis.hints };
}
