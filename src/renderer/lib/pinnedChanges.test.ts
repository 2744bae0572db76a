import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { pinnedChanges } from './pinnedChanges.ts';

const tool = (name: string, description: string): JsonObject => ({ name, description, inputSchema: { type: 'object' } });
const manifest = (tools: readonly JsonObject[], baseline?: JsonValue): GatewayMessage => ({
  kind: 'manifest_changed',
  message: { jsonrpc: '2.0', id: 1, result: { tools } },
  context: { transport: 'stdio', server: 'files', ...(baseline === undefined ? {} : { baseline }) },
});

describe('pinnedChanges', () => {
  it('is null without a pinned definition and empty when nothing changed', () => {
    expect(pinnedChanges(manifest([tool('read', 'Reads.')]))).toBeNull();
    expect(pinnedChanges(manifest([tool('read', 'Reads.')], { tools: [tool('read', 'Reads.')] }))).toEqual([]);
  });

  it('tells changed, added and removed tools apart', () => {
    const changes = pinnedChanges(
      manifest([tool('read', 'Reads all.'), tool('send', 'Sends.')], { tools: [tool('read', 'Reads one.'), tool('list', 'Lists.')] }),
    );
    expect(changes?.map(({ tool: name, status }) => [name, status])).toEqual([
      ['read', 'changed'],
      ['list', 'removed'],
      ['send', 'added'],
    ]);
    expect(changes?.[0]?.parts.filter(({ kind }) => kind !== 'same')).toEqual([
      { kind: 'removed', text: 'one' },
      { kind: 'added', text: 'all' },
    ]);
  });

  it('compares a single pinned tool with that tool alone', () => {
    expect(pinnedChanges(manifest([tool('read', 'Reads all.'), tool('send', 'Sends.')], tool('read', 'Reads one.')))).toHaveLength(1);
  });
});
