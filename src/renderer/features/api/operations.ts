import { z } from 'zod';

/** One thing that can be tried, as the server's own OpenAPI document describes it. */
export interface Operation {
  /** `POST /step` and, when there are several, the name of the example. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  /** Pretty-printed JSON; null where no body is taken. */
  readonly body: string | null;
}

const exampleSchema = z.object({ summary: z.string().optional(), value: z.unknown().optional() });
const mediaSchema = z.object({
  example: z.unknown().optional(),
  examples: z.record(z.string(), exampleSchema).optional(),
});
const parameterSchema = z.object({ name: z.string(), in: z.string(), example: z.unknown().optional() });
const operationSchema = z.object({
  summary: z.string().optional(),
  requestBody: z.object({ content: z.record(z.string(), mediaSchema) }).optional(),
  parameters: z.array(parameterSchema).optional(),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.object({ get: operationSchema.optional(), post: operationSchema.optional() })),
});

/** Every operation of an OpenAPI document with its examples; null when the text is no such document. */
export function readOperations(text: string): readonly Operation[] | null {
  const parsed = documentSchema.safeParse(parseJson(text));
  if (!parsed.success) return null;
  return Object.entries(parsed.data.paths).flatMap(([path, { get, post }]) => [
    ...(get === undefined ? [] : operationsOf('GET', path, get)),
    ...(post === undefined ? [] : operationsOf('POST', path, post)),
  ]);
}

function operationsOf(method: Operation['method'], template: string, operation: z.infer<typeof operationSchema>): readonly Operation[] {
  const path = filled(template, operation.parameters ?? []);
  const base = { method, path, summary: operation.summary ?? '' };
  const media = operation.requestBody?.content['application/json'];
  if (media === undefined) return [{ ...base, name: `${method} ${path}`, body: null }];
  const examples = Object.entries(media.examples ?? {});
  if (examples.length === 0) return [{ ...base, name: `${method} ${path}`, body: printed(media.example ?? {}) }];
  return examples.map(([key, { summary, value }]) => ({
    ...base,
    name: examples.length === 1 ? `${method} ${path}` : `${method} ${path} (${summary ?? key})`,
    body: printed(value ?? null),
  }));
}

function filled(template: string, parameters: readonly z.infer<typeof parameterSchema>[]): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const example = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.example;
    return typeof example === 'string' || typeof example === 'number' ? encodeURIComponent(example) : whole;
  });
}

function printed(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
