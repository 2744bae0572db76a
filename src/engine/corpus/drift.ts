import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { ToolDefinition } from '../../contract/messages.ts';
import type { Random } from '../random/random.ts';
import type { ToolData } from './data.ts';
import type { Workshop } from './draft.ts';
import { plantInTool } from './draft.ts';
import { carry } from './injection.ts';
import { expand, type Scope } from './slots.ts';
import { drawStyle, parseParams, propertyOf, toolDefinition, type ToolStyle } from './toolText.ts';

/** The definition that was pinned, and what an honest new release made of it. */
export interface Drift {
  readonly before: ToolDefinition;
  readonly after: ToolDefinition;
}

interface Editing {
  readonly shop: Workshop;
  readonly tool: ToolData;
  readonly style: ToolStyle;
  readonly scope: Scope;
  readonly random: Random;
}

type Edit = (definition: ToolDefinition, editing: Editing) => Drift;

const after =
  (change: (definition: ToolDefinition, editing: Editing) => ToolDefinition): Edit =>
  (before, editing) => ({ before, after: change(before, editing) });

/** The fifteen kinds of honest change. Each keeps what the tool may do. */
export const BENIGN_EDITS: { readonly [name: string]: Edit } = {
  reworded: after((definition, { tool, style, scope }) => ({
    ...definition,
    description: toolDefinition(tool, style, scope).description ?? '',
  })),
  restyled: after((definition, { tool, scope, random }) => ({
    ...definition,
    description: toolDefinition(tool, drawStyle(random), scope).description ?? '',
  })),
  typo_fixed: (definition, { random }) => ({
    before: { ...definition, description: withTypo(definition.description ?? '', random) },
    after: definition,
  }),
  note_added: after((definition, editing) => withNotes(definition, editing.shop.data.benign.releaseNotes, editing)),
  rule_added: after((definition, editing) => withNotes(definition, editing.shop.data.benign.toolNotes, editing)),
  optional_parameter: after((definition, { shop, random }) => {
    const [param] = parseParams(random.pick(shop.data.benign.newParams));
    return param === undefined
      ? definition
      : withProperties(definition, (old) => ({ ...old, [param.name]: propertyOf(param, { schema: 'plain' }) }));
  }),
  parameter_described: after((definition, { tool, random }) => {
    const param = random.pick(parseParams(tool.params));
    const text =
      param.description === ''
        ? 'See the documentation for accepted values.'
        : `${param.description.replace(/\.$/, '')}. ${random.pick(['Case-sensitive.', 'May be omitted.', 'Whitespace is trimmed.', 'Must not be empty.', 'Validated on the server.'])}`;
    return withProperties(definition, (old) => ({
      ...old,
      [param.name]: { ...(old[param.name] as JsonObject | undefined), description: text },
    }));
  }),
  enum_extended: after((definition, { random }) =>
    editProperties(definition, (property) =>
      Array.isArray(property['enum'])
        ? { ...property, enum: [...(property['enum'] as JsonValue[]), random.pick(['all', 'unknown', 'archived', 'auto'])] }
        : property,
    ),
  ),
  default_changed: after((definition, { random }) =>
    editProperties(definition, (property) =>
      property['type'] === 'integer' ? { ...property, default: random.pick([10, 20, 25, 50]) } : property,
    ),
  ),
  limit_raised: after((definition, { random }) =>
    editProperties(definition, (property) =>
      property['type'] === 'integer' ? { ...property, maximum: random.pick([100, 200, 250, 500, 1000]) } : property,
    ),
  ),
  version_bumped: (definition, { random }) => {
    const minor = 1 + random.int(8);
    const stamp = (patch: number): string => `${definition.description ?? ''} (v${1 + (minor % 4)}.${minor}.${patch})`;
    return { before: { ...definition, description: stamp(0) }, after: { ...definition, description: stamp(1 + random.int(4)) } };
  },
  title_added: after((definition, { random }) => ({
    ...definition,
    title: `${definition.name.replace(/[_-]/g, ' ')}${random.pick(['', ' (stable)', ' v2'])}`,
  })),
  annotations_added: after((definition, { tool }) => ({
    ...definition,
    annotations: { readOnlyHint: tool.needs.length === 0, idempotentHint: true },
  })),
  example_added: after((definition, { tool, scope, random }) => ({
    ...definition,
    description: `${definition.description ?? ''}\n\nExample: ${expand(JSON.stringify(random.pick(tool.tasks).args), scope)}`,
  })),
  schema_restyled: after((definition, { tool, style, scope, random }) => {
    const schema = random.pick((['plain', 'strict', 'pydantic'] as const).filter((kind) => kind !== style.schema));
    return { ...definition, inputSchema: toolDefinition(tool, { ...style, schema }, scope).inputSchema };
  }),
};

const NAMES = Object.keys(BENIGN_EDITS);
/** Edits that add text come up more often, as they do in real releases. */
const OFTEN = ['note_added', 'rule_added', 'rule_added', 'optional_parameter', 'parameter_described'];

/** One or two honest edits of a tool's definition that do change it; the name of the first tells the family. */
export function benignDrift(editing: Editing): Drift & { readonly edit: string } {
  const { random } = editing;
  const definition = toolDefinition(editing.tool, editing.style, editing.scope);
  for (const edit of [random.pick(random.chance(0.55) ? OFTEN : NAMES), ...random.shuffle(NAMES)]) {
    const first = BENIGN_EDITS[edit]?.(definition, editing);
    if (first === undefined || same(first)) continue;
    if (!random.chance(0.5)) return { ...first, edit };
    const second = BENIGN_EDITS[random.pick(OFTEN)]?.(first.after, editing);
    return { before: first.before, after: second?.after ?? first.after, edit };
  }
  throw new RangeError(`no edit changes the tool ${definition.name}`);
}

/** One to three sentences at one place of a definition, bare or in one of the forms that notes take. */
function withNotes(definition: ToolDefinition, notes: readonly string[], { shop, scope, random }: Editing): ToolDefinition {
  const text = random
    .shuffle(notes)
    .slice(0, random.pick([1, 1, 2, 2, 3]))
    .map((note) => expand(note, scope))
    .join(' ');
  const shown = random.chance(0.4) ? carry(shop.data.attacks.toolCarriers, text, scope, random) : text;
  return plantInTool(
    definition,
    shown,
    random.pick(['description', 'description', 'description', 'parameter', 'new_parameter', 'title'] as const),
    random,
  );
}

function same(drift: Drift): boolean {
  return JSON.stringify(drift.before) === JSON.stringify(drift.after);
}

function withProperties(definition: ToolDefinition, change: (old: JsonObject) => JsonObject): ToolDefinition {
  const old = (definition.inputSchema['properties'] ?? {}) as JsonObject;
  return { ...definition, inputSchema: { ...definition.inputSchema, properties: change(old) } };
}

function editProperties(definition: ToolDefinition, change: (property: JsonObject) => JsonObject): ToolDefinition {
  return withProperties(definition, (old) =>
    Object.fromEntries(Object.entries(old).map(([name, property]) => [name, change(property as JsonObject)])),
  );
}

function withTypo(text: string, random: Random): string {
  const words = text.split(' ');
  const long = words.map((word, index) => ({ word, index })).filter(({ word }) => /^[a-z]{5,}$/.test(word));
  if (long.length === 0) return `${text} `;
  const { word, index } = random.pick(long);
  const at = 1 + random.int(word.length - 3);
  const swapped = word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);
  return words.map((old, i) => (i === index ? (swapped === word ? word.slice(0, at) + word.slice(at + 1) : swapped) : old)).join(' ');
}
