import { z } from 'zod';
import { ACTIONS, CAPABILITIES, type Action } from '../../../../contract/actions.ts';
import type { JsonValue } from '../../../../contract/json.ts';
import type { GatewayMessage } from '../../../../contract/messages.ts';
import { jsonRpcMessageSchema, messageContextSchema, messageKindSchema } from '../../../../contract/schemas.ts';
import { analyze } from '../../../../engine/analysis/analyze.ts';
import { proposeRestrictions } from '../../../../engine/analysis/restrictions.ts';
import { compareWithReference, criticTexts } from '../../../../engine/critic/critic.ts';
import { DEFAULT_CRITIC } from '../../../../engine/critic/defaults.ts';
import { defineTool, ToolError, type Tool } from './tool.ts';

const messageInput = z.strictObject({
  kind: messageKindSchema.describe('What crosses the gateway.'),
  message: jsonRpcMessageSchema.describe('The JSON-RPC 2.0 object as it crossed.'),
  context: z.strictObject(messageContextSchema.shape).describe('What the gateway knows beside the message.'),
}) satisfies z.ZodType<GatewayMessage>;

const inspectMessage = defineTool({
  name: 'inspect_message',
  description:
    'Analyses an MCP message with its context: normalised text, decoded layers, observable hints and exercised capabilities. Gives no verdict.',
  input: messageInput,
  run(_session, message) {
    const { normalizedText, layers, hints, exercised } = analyze(message);
    return json({ normalized_text: normalizedText, layers, hints, exercised });
  },
});

const compareReference = defineTool({
  name: 'compare_with_reference',
  description:
    'Measures how far a message has drifted from its reference: the pinned definition (context.baseline), the text before decoding, or the user task.',
  input: messageInput,
  run(_session, message) {
    const analysis = analyze(message);
    const texts = criticTexts(message, analysis);
    const report = compareWithReference(message, analysis, DEFAULT_CRITIC);
    if (texts === null || report === null)
      throw new ToolError('This message has no reference: no pinned definition, nothing encoded and no user task to compare with.');
    const { driftFound, spans, ...figures } = report;
    return json({ ...figures, drift_found: driftFound, spans: spans.map((span) => ({ ...span, text: cut(texts.candidate, span) })) });
  },
});

const restrictions = defineTool({
  name: 'propose_restrictions',
  description: 'Capabilities to take away from a message so that it can pass: for the action CAPABILITY_MEDIATION.',
  input: messageInput,
  run: (_session, message) => json({ mcp_restrictions: proposeRestrictions(message, analyze(message)) }),
});

const currentObservation = defineTool({
  name: 'current_observation',
  description: 'What the episode of this session shows now, without deciding anything.',
  input: z.strictObject({}),
  run(session) {
    const observation = session.observation();
    if (observation === null) throw new ToolError('No episode has begun in this session.');
    return observation;
  },
});

/** What each action does to a message; see the table of effects in the README. */
const EFFECTS: { readonly [A in Action]: string } = {
  ALLOW: 'Forwards the message.',
  BLOCK: 'Rejects and quarantines the message.',
  SPOTLIGHT: 'Holds the message, marks its untrusted text as data and escalates it to an analyst.',
  SEMANTIC_DIFF: 'Compares the message with its reference; forwards it when no drift is found.',
  CAPABILITY_MEDIATION: 'Forwards the message with the capabilities named in mcp_restrictions taken away.',
  REVOKE_STDIO: "Severs the server's STDIO channel; over HTTP it closes the connection.",
};

const listActions = defineTool({
  name: 'list_actions',
  description: 'The six actions in their fixed order with their effects, and the capabilities that can be restricted.',
  input: z.strictObject({}),
  run: () => json({ actions: ACTIONS.map((name) => ({ name, effect: EFFECTS[name] })), capabilities: CAPABILITIES }),
});

/** Everything an agent can ask: the deterministic analysers, and the episode as it stands. */
export const GATEWAY_TOOLS: readonly Tool[] = [inspectMessage, compareReference, restrictions, currentObservation, listActions];

function cut(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
  return text.slice(start, Math.min(end, start + 400));
}

/** The analysers' reports are plain data, which their interfaces do not say. */
function json(value: object): JsonValue {
  return value as JsonValue;
}
