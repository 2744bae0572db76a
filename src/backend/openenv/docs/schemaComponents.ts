import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../../contract/json.ts';

/**
 * The named schemas of an OpenAPI document, written from the Zod schemas that validate. References stay within the
 * document: what Zod puts under `$defs` of one schema becomes a component of its own.
 */
export class SchemaComponents {
  private readonly written: Record<string, JsonObject> = {};

  /** A reference to the schema under `name`, which is written at its first use. */
  reference(name: string, schema: z.ZodType, io: 'input' | 'output'): JsonObject {
    if (!(name in this.written)) {
      const { $schema: _dialect, $defs: definitions = {}, ...body } = z.toJSONSchema(schema, { io }) as JsonObject;
      const rename = (value: JsonValue): JsonValue => renamed(value, name);
      this.written[name] = { title: name, ...(rename(body) as JsonObject) };
      for (const [inner, definition] of Object.entries(definitions as JsonObject))
        this.written[innerName(name, inner)] = rename(definition) as JsonObject;
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  all(): JsonObject {
    return this.written;
  }
}

const LOCAL = '#/$defs/';

function renamed(value: JsonValue, owner: string): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => renamed(item, owner));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string' ? [key, referenceTo(inner, owner)] : [key, renamed(inner, owner)],
    ),
  );
}

function referenceTo(reference: string, owner: string): string {
  if (reference === '#') return `#/components/schemas/${owner}`;
  return reference.startsWith(LOCAL) ? `#/components/schemas/${innerName(owner, reference.slice(LOCAL.length))}` : reference;
}

function innerName(owner: string, inner: string): string {
  return `${owner}.${inner.replace(/^_+/, '')}`;
}
