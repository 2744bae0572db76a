import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOperations } from './operations.ts';

const document = {
  openapi: '3.1.0',
  paths: {
    '/health': { get: { summary: 'Health' } },
    '/{env_name}/splits': { get: { parameters: [{ name: 'env_name', in: 'path', example: 'omniguard' }] } },
    '/step': {
      post: {
        requestBody: {
          content: {
            'application/json': {
              examples: { one: { summary: 'one action', value: { action: {} } }, batch: { value: { actions: [] } } },
            },
          },
        },
      },
    },
  },
};

describe('readOperations', () => {
  it('lists every operation, once for each example, with its path filled in', () => {
    expect(readOperations(JSON.stringify(document))?.map(({ name, path, body }) => [name, path, body])).toEqual([
      ['GET /health', '/health', null],
      ['GET /omniguard/splits', '/omniguard/splits', null],
      ['POST /step (one action)', '/step', '{\n  "action": {}\n}'],
      ['POST /step (batch)', '/step', '{\n  "actions": []\n}'],
    ]);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => readOperations(text) === null || Array.isArray(readOperations(text))),
    );
  });
});
