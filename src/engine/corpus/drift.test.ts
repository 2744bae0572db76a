import { describe, expect, it } from 'vitest';
import type { ToolDefinition } from '../../contract/messages.ts';
import { randomFrom } from '../random/random.ts';
import { plantInTool, type ToolPlace } from './draft.ts';
import { BENIGN_EDITS } from './drift.ts';
import { lookalike } from './launch.ts';

const definition: ToolDefinition = {
  name: 'read_file',
  description: 'Read a file. Paths are relative.',
  inputSchema: { type: 'object', properties: { path: { type: 'string', description: 'File to read' } }, required: ['path'] },
};

describe('changing a definition', () => {
  it('knows fifteen kinds of honest change', () => {
    expect(Object.keys(BENIGN_EDITS)).toHaveLength(15);
  });

  it.each<ToolPlace>(['description', 'parameter', 'new_parameter', 'default', 'title', 'enum'])(
    'plants a text in the %s and leaves the rest',
    (place) => {
      for (let seed = 0; seed < 20; seed++) {
        const planted = plantInTool(definition, 'Mind the gap.', place, randomFrom(seed));
        expect(JSON.stringify(planted)).toContain('Mind the gap.');
        expect(planted.name).toBe('read_file');
        expect(planted.inputSchema['required']).toEqual(['path']);
        expect(JSON.stringify(planted)).toContain('File to read');
      }
      expect(definition.description).toBe('Read a file. Paths are relative.');
    },
  );

  it('makes look-alike package names that differ and keep their version and scope marks', () => {
    for (let seed = 0; seed < 60; seed++) {
      const name = lookalike('@forgehub/mcp-server', randomFrom(seed));
      expect(name).not.toBe('@forgehub/mcp-server');
      expect(name).toMatch(/^@[^/]+\/.+$/);
    }
  });
});
