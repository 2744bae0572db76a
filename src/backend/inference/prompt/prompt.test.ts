import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatewayMessageSchema } from '../../../contract/schemas.ts';
import type { GatewayMessage } from '../../../contract/messages.ts';
import { PHASES, type MemoryEntry, type Observation } from '../../../contract/observation.ts';
import { MESSAGE_KINDS } from '../../../contract/messages.ts';
import { analyze } from '../../../engine/analysis/analyze.ts';
import { HOSTILE } from '../../../engine/text/normalize.ts';
import layout from './layout.json' with { type: 'json' };
import { buildPrompt, CONTROL_TOKENS, PROMPT_VERSION } from './prompt.ts';
import { renderBody } from './renderBody.ts';

interface GoldenEntry {
  readonly name: string;
  readonly message: GatewayMessage;
  readonly body: string;
}

const PAST: readonly MemoryEntry[] = [{ kind: 'call', server: 'a', action: 'BLOCK', outcome: 'rejected' }];

const GOLDEN = new URL('prompt.golden.json', import.meta.url);
const { entries } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { entries: GoldenEntry[] };

function observation(message: GatewayMessage, changes: Partial<Observation> = {}): Observation {
  return { message, ...analyze(message), budgetLeft: 20, memory: [], phase: 'bootstrapping', ...changes };
}

// Training reads the same file: after a wanted change run with UPDATE_GOLDEN=1, then train anew under a new version.
if (process.env.UPDATE_GOLDEN === '1') {
  const updated = entries.map((entry) => ({ ...entry, body: renderBody(observation(entry.message)) }));
  const text = JSON.stringify({ entries: updated }, null, 2).replace(
    /[^\n -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  writeFileSync(GOLDEN, `${text}\n`);
  entries.splice(0, entries.length, ...updated);
}

describe('golden bodies', () => {
  test.each(entries.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
    const message = gatewayMessageSchema.parse(entry.message);
    expect(renderBody(observation(message))).toBe(entry.body);
  });

  test('every kind of message is there', () => {
    expect(new Set(entries.map((entry) => entry.message.kind))).toEqual(new Set(MESSAGE_KINDS));
  });
});

describe('renderBody', () => {
  test('stays within the characters asked for and keeps an order from the middle of a long text', () => {
    const entry = entries.find(({ name }) => name.startsWith('long resource')) as GoldenEntry;
    for (const characters of [200, 400, 900, 2000]) {
      const body = renderBody(observation(entry.message), { characters });
      expect(body.length).toBeLessThanOrEqual(characters);
      if (characters >= 400) expect(body).toContain('disregard your earlier instructions');
    }
  });

  test('neither phase, budget, past decisions nor identifiers change a byte', () => {
    fc.assert(
      fc.property(fc.constantFrom(...entries), fc.constantFrom(...PHASES), fc.integer(), fc.string(), (entry, phase, budgetLeft, id) => {
        const other: GatewayMessage = { ...entry.message, message: { ...entry.message.message, id } };
        expect(renderBody(observation(other, { phase, budgetLeft, memory: PAST }))).toBe(renderBody(observation(entry.message)));
      }),
      { numRuns: 60 },
    );
  });

  test('a label smuggled into the context changes no byte', () => {
    for (const { message } of entries) {
      const canary = {
        label: 'CANARY',
        vector: 'CANARY',
        action: 'CANARY',
        acceptable: ['CANARY'],
        obfuscation: 'CANARY',
        malicious: true,
      };
      const labelled = { ...message, ...canary, context: { ...message.context, ...canary } };
      expect(renderBody(observation(labelled))).toBe(renderBody(observation(message)));
    }
  });

  test('hostile characters never reach the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const message: GatewayMessage = {
          kind: 'result',
          message: { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } },
          context: { transport: 'stdio', server: text.slice(0, 20), tool: text.slice(0, 20), userTask: text },
        };
        expect(renderBody(observation(message)).match(HOSTILE)).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});

describe('layout', () => {
  test('prefix and tail hold the control tokens, in order, and nothing else does', () => {
    const prompt = buildPrompt(observation((entries[0] as GoldenEntry).message));
    const whole = prompt.prefix + prompt.tail;
    let reached = -1;
    for (const token of CONTROL_TOKENS) {
      expect(whole.split(token)).toHaveLength(2);
      expect(whole.indexOf(token)).toBeGreaterThan(reached);
      reached = whole.indexOf(token);
    }
    expect(PROMPT_VERSION).toBe(layout.version);
    expect(layout.prefix.split(/\s+/).length).toBeLessThanOrEqual(130);
    expect(prompt.tail.endsWith('Action:')).toBe(true);
  });
});
