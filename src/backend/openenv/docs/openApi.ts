import { z } from 'zod';
import type { JsonObject } from '../../../contract/json.ts';
import { MOST_BODY_BYTES } from '../http/replies.ts';
import { endpointsOf, type Endpoint, type NamedSchema, type Offer } from './endpoints.ts';
import { SchemaComponents } from './schemaComponents.ts';

const JSON_TYPE = 'application/json';

const issueSchema = z.strictObject({
  type: z.string(),
  loc: z.array(z.union([z.string(), z.int()])),
  msg: z.string(),
  input: z.json(),
});
const Problem: NamedSchema = { name: 'Problem', schema: z.looseObject({ detail: z.union([z.string(), z.array(issueSchema)]) }) };

/** The OpenAPI 3.1 document of a server, from the schemas that validate. */
export function openApiDocument(offer: Offer): JsonObject {
  const components = new SchemaComponents();
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const endpoint of endpointsOf(offer)) (paths[endpoint.path] ??= {})[endpoint.method] = operation(endpoint, components);
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenEnv Environment HTTP API',
      version: '1.0.0',
      description:
        'OmniGuard as an OpenEnv environment: an MCP gateway under attack, six graded actions. Episodes of a client live on ' +
        `WebSocket /ws; the vector API plays many environments with one request. Bodies have at most ${MOST_BODY_BYTES / 1_048_576} MiB.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas: components.all() },
  };
}

function operation(endpoint: Endpoint, components: SchemaComponents): JsonObject {
  const { method, path, tag, summary, description, body, pathParameters = [], refusals = {} } = endpoint;
  const operationId = `${method}${path.replace(/[^a-z]+/g, '_').replace(/_$/, '')}`;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description: description.trim() }),
    ...(pathParameters.length === 0 ? {} : { parameters: pathParameters.map(parameter) }),
    ...(body === undefined ? {} : { requestBody: requestBody(body, components) }),
    responses: {
      200: { description: 'Done.', content: replyContent(endpoint, components) },
      ...Object.fromEntries(
        Object.entries(refusals).flatMap(([status, meaning]) => (meaning === undefined ? [] : [[status, refusal(meaning, components)]])),
      ),
    },
  };
}

function parameter({ name, description, example }: NonNullable<Endpoint['pathParameters']>[number]): JsonObject {
  return { name, in: 'path', required: true, description, schema: { type: 'string' }, example };
}

function requestBody({ required, anyOf, examples }: NonNullable<Endpoint['body']>, components: SchemaComponents): JsonObject {
  return {
    required,
    content: {
      [JSON_TYPE]: {
        schema: oneOf(anyOf, components, 'input'),
        examples: Object.fromEntries(examples.map(({ name, summary, value }) => [name, { summary, value }])),
      },
    },
  };
}

function replyContent({ reply, textReply }: Endpoint, components: SchemaComponents): JsonObject {
  return {
    ...(reply.length === 0 ? {} : { [JSON_TYPE]: { schema: oneOf(reply, components, 'output') } }),
    ...(textReply === undefined ? {} : { [textReply]: { schema: { type: 'string' } } }),
  };
}

function refusal(description: string, components: SchemaComponents): JsonObject {
  return { description, content: { [JSON_TYPE]: { schema: components.reference(Problem.name, Problem.schema, 'output') } } };
}

function oneOf(schemas: readonly NamedSchema[], components: SchemaComponents, io: 'input' | 'output'): JsonObject {
  const references = schemas.map(({ name, schema }) => components.reference(name, schema, io));
  const [only] = references;
  return only !== undefined && references.length === 1 ? only : { oneOf: references };
}
