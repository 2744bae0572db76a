import { describe, expect, it } from 'vitest';
import { randomFrom } from '../random/random.ts';
import type { ToolData } from './data.ts';
import { createScope } from './slots.ts';
import { drawStyle, paramsWithRole, parseParams, schemaOf, toolDefinition, type ToolStyle } from './toolText.ts';

const tool: ToolData = {
  name: 'send_report',
  about: ['Send a report'],
  more: ['Reports are kept for a year.'],
  returns: 'The id of the message.',
  params: {
    'to!': 'to: Recipient address',
    format: 'enum(pdf|html)=pdf: File format',
    pages: 'integer(1..20)=5: How many pages',
    tags: 'string[]: Labels',
    options: { $: 'Further options', 'draft!': 'boolean=false: Only prepare it' },
  },
  needs: ['message.send'],
  tasks: [{ ask: ['Send it'], args: { to: 'a@b.example' } }],
  result: 'sent',
};
const style: ToolStyle = { description: 'docstring', schema: 'plain', annotations: false, titles: false };
const scope = () => createScope(randomFrom(4), {});

describe('tool definitions', () => {
  it('reads the shorthand of parameters', () => {
    const [to, format, pages, tags, options] = parseParams(tool.params);
    expect(to).toMatchObject({ name: 'to', required: true, type: 'to', description: 'Recipient address' });
    expect(format).toMatchObject({ type: 'enum', limits: 'pdf|html', fallback: 'pdf', required: false });
    expect(pages).toMatchObject({ type: 'integer', limits: '1..20', fallback: '5' });
    expect(tags).toMatchObject({ type: 'string', list: true });
    expect(options).toMatchObject({ type: 'object', description: 'Further options' });
    expect(options?.nested[0]).toMatchObject({ name: 'draft', required: true });
    expect(() => parseParams({ broken: '42' })).toThrow('parameter "broken" has no readable type');
  });

  it('makes a JSON Schema of them', () => {
    expect(schemaOf(parseParams(tool.params), style)).toEqual({
      type: 'object',
      properties: {
        to: { type: 'string', description: 'Recipient address' },
        format: { type: 'string', enum: ['pdf', 'html'], description: 'File format', default: 'pdf' },
        pages: { type: 'integer', minimum: 1, maximum: 20, description: 'How many pages', default: 5 },
        tags: { type: 'array', items: { type: 'string' }, description: 'Labels' },
        options: {
          type: 'object',
          properties: { draft: { type: 'boolean', description: 'Only prepare it', default: false } },
          required: ['draft'],
          description: 'Further options',
        },
      },
      required: ['to'],
    });
  });

  it('finds the parameters of a role', () => {
    expect(paramsWithRole(tool, 'to')).toEqual(['to']);
    expect(paramsWithRole(tool, 'path')).toEqual([]);
  });

  it('writes docstrings with arguments and returns', () => {
    const { description } = toolDefinition(tool, style, scope());
    expect(description).toContain('Args:\n    to: Recipient address');
    expect(description).toContain('Returns:\n    The id of the message.');
  });

  it('says the same in every style, without a word lost of the first sentence', () => {
    for (let seed = 0; seed < 40; seed++) {
      const definition = toolDefinition(tool, drawStyle(randomFrom(seed)), scope());
      expect(definition.description).toContain('Send a report');
      expect(Object.keys(definition.inputSchema['properties'] as object)).toEqual(['to', 'format', 'pages', 'tags', 'options']);
    }
  });
});
