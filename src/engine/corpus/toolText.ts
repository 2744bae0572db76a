import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { ToolDefinition } from '../../contract/messages.ts';
import type { Random } from '../random/random.ts';
import type { LoneTool, ParamRole, ParamsData, ServerData, ToolData } from './data.ts';
import { expand, type Scope } from './slots.ts';

const STRING_TYPES: readonly string[] = [
  'string',
  'path',
  'url',
  'host',
  'command',
  'to',
  'text',
  'sql',
  'query',
  'id',
  'date',
  'datetime',
  'enum',
];
const SHORTHAND = /^([a-z]+)(\[\])?(?:\(([^)]*)\))?(?:=([^:\s]*))?:\s?([\s\S]*)$/;

/** One parameter, parsed from its shorthand. */
export interface Param {
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly list: boolean;
  readonly limits: string;
  readonly fallback: string | null;
  readonly description: string;
  readonly nested: readonly Param[];
}

/** How a server's author writes definitions: one style holds for all tools of a server. */
export interface ToolStyle {
  readonly description: 'terse' | 'sentences' | 'docstring' | 'markdown' | 'usage' | 'long';
  readonly schema: 'plain' | 'strict' | 'pydantic' | 'bare';
  readonly annotations: boolean;
  readonly titles: boolean;
}

/** @throws RangeError when a shorthand cannot be read, naming the parameter. */
export function parseParams(params: ParamsData): readonly Param[] {
  const known = parsed.get(params);
  if (known !== undefined) return known;
  const made = parseAfresh(params);
  parsed.set(params, made);
  return made;
}

/** The same few definitions of a corpus are parsed for every message. */
const parsed = new WeakMap<ParamsData, readonly Param[]>();

function parseAfresh(params: ParamsData): Param[] {
  return Object.entries(params)
    .filter(([key]) => key !== '$')
    .map(([key, value]) => {
      const required = key.endsWith('!');
      const name = required ? key.slice(0, -1) : key;
      if (typeof value !== 'string') {
        const about = value['$'];
        return {
          name,
          required,
          type: 'object',
          list: false,
          limits: '',
          fallback: null,
          description: typeof about === 'string' ? about : '',
          nested: parseParams(value),
        };
      }
      const match = SHORTHAND.exec(value);
      if (match === null) throw new RangeError(`parameter "${name}" has no readable type: "${value.slice(0, 60)}"`);
      const [, type = 'string', list, limits = '', fallback, description = ''] = match;
      return { name, required, type, list: list !== undefined, limits, fallback: fallback ?? null, description, nested: [] };
    });
}

/** Names of a tool's top-level parameters that play a role. */
export function paramsWithRole(tool: ToolData, role: ParamRole): readonly string[] {
  let roles = byRole.get(tool.params);
  if (roles === undefined) {
    roles = Map.groupBy(
      parseParams(tool.params).filter((param) => !param.list),
      (param) => param.type,
    );
    byRole.set(tool.params, roles);
  }
  return (roles.get(role) ?? []).map((param) => param.name);
}

const byRole = new WeakMap<ParamsData, ReadonlyMap<string, readonly Param[]>>();

export function drawStyle(random: Random): ToolStyle {
  return {
    description: random.pick(['terse', 'terse', 'sentences', 'sentences', 'sentences', 'docstring', 'markdown', 'usage', 'long'] as const),
    schema: random.pick(['plain', 'plain', 'strict', 'pydantic', 'bare'] as const),
    annotations: random.chance(0.25),
    titles: random.chance(0.2),
  };
}

/** A tool as `tools/list` would give it, in the style of its server. */
export function toolDefinition(tool: ToolData, style: ToolStyle, scope: Scope): ToolDefinition {
  const params = parseParams(tool.params);
  const title = titleCase(tool.name);
  return {
    name: tool.name,
    ...(style.titles ? { title } : {}),
    description: describe(tool, params, style, scope),
    inputSchema: schemaOf(params, style),
    ...(style.annotations ? { annotations: annotationsOf(tool, title) } : {}),
  };
}

/** A tool that no server of the corpus owns, written short unless the style documents arguments. */
export function loneDefinition(lone: LoneTool, style: ToolStyle, scope: Scope): ToolDefinition {
  const tool: ToolData = {
    name: expand(lone.name, scope),
    about: lone.description,
    params: lone.params,
    needs: lone.needs,
    tasks: [],
    result: '',
  };
  const description = style.description === 'docstring' || style.description === 'markdown' ? style.description : 'terse';
  return toolDefinition(tool, { ...style, description }, scope);
}

/** `count` definitions of a server in the order the server lists them. */
export function toolList(server: ServerData, count: number, style: ToolStyle, scope: Scope, keep?: ToolData): ToolDefinition[] {
  const chosen = new Set(scope.random.shuffle(server.tools).slice(0, Math.max(1, count)));
  if (keep !== undefined && !chosen.has(keep)) {
    chosen.delete([...chosen][0] as ToolData);
    chosen.add(keep);
  }
  return server.tools.filter((tool) => chosen.has(tool)).map((tool) => toolDefinition(tool, style, scope));
}

export function schemaOf(params: readonly Param[], style: Pick<ToolStyle, 'schema'>): JsonObject {
  const required = params.filter((param) => param.required).map((param) => param.name);
  return {
    type: 'object',
    properties: Object.fromEntries(params.map((param) => [param.name, propertyOf(param, style)])),
    ...(required.length > 0 ? { required } : {}),
    ...(style.schema === 'strict' ? { additionalProperties: false, $schema: 'http://json-schema.org/draft-07/schema#' } : {}),
  };
}

export function propertyOf(param: Param, style: Pick<ToolStyle, 'schema'>): JsonObject {
  const base = param.type === 'object' ? schemaOf(param.nested, style) : scalarSchema(param);
  const value: JsonObject = param.list ? { type: 'array', items: base } : base;
  const described: JsonObject = param.description !== '' && style.schema !== 'bare' ? { description: param.description } : {};
  const fallback: JsonObject = param.fallback === null ? {} : { default: defaultValue(param) };
  if (style.schema === 'pydantic' && !param.required && param.fallback === null && param.type !== 'object') {
    return { anyOf: [value, { type: 'null' }], default: null, title: titleCase(param.name), ...described };
  }
  return { ...value, ...described, ...fallback, ...(style.schema === 'pydantic' ? { title: titleCase(param.name) } : {}) };
}

export function titleCase(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').split(/[_\-.\s]+/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

function scalarSchema(param: Param): JsonObject {
  if (param.type === 'enum') return { type: 'string', enum: param.limits.split('|') };
  if (param.type === 'url') return { type: 'string', format: 'uri' };
  if (param.type === 'date') return { type: 'string', format: 'date' };
  if (param.type === 'datetime') return { type: 'string', format: 'date-time' };
  if (STRING_TYPES.includes(param.type)) return { type: 'string', ...(param.limits === '' ? {} : { maxLength: Number(param.limits) }) };
  if (param.limits === '') return { type: param.type };
  const [minimum, maximum] = param.limits.split('..').map(Number);
  return { type: param.type, ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
}

function defaultValue(param: Param): JsonValue {
  const text = param.fallback ?? '';
  if (param.type === 'integer' || param.type === 'number') return Number(text);
  return param.type === 'boolean' ? text === 'true' : text;
}

function annotationsOf(tool: ToolData, title: string): JsonObject {
  const writes = tool.needs.some((need) => need !== 'fs.read' && need !== 'net.egress' && need !== 'budget' && need !== 'secrets.read');
  return {
    title,
    readOnlyHint: !writes,
    ...(writes ? { destructiveHint: tool.needs.includes('fs.delete') } : {}),
    openWorldHint: tool.needs.includes('net.egress'),
  };
}

function describe(tool: ToolData, params: readonly Param[], style: ToolStyle, scope: Scope): string {
  const { random } = scope;
  const lead = `${expand(random.pick(tool.about), scope)}.`;
  const more = random.shuffle(tool.more ?? []).map((sentence) => expand(sentence, scope));
  const documented = params.filter((param) => param.description !== '');
  switch (style.description) {
    case 'terse':
      return random.chance(0.3) ? lead.slice(0, -1) : lead;
    case 'sentences':
      return [lead, ...more.slice(0, 1 + random.int(2))].join(' ');
    case 'docstring': {
      const args = documented.map(
        (param) => `    ${param.name}: ${param.description}${param.required ? '' : random.pick([' (optional)', '', ''])}`,
      );
      const returns = tool.returns === undefined ? [] : [`Returns:\n    ${tool.returns}`];
      return [lead, ...more.slice(0, 1), ...(args.length > 0 ? [`Args:\n${args.join('\n')}`] : []), ...returns].join('\n\n');
    }
    case 'markdown': {
      const lines = documented.map((param) => `- \`${param.name}\`${param.required ? ' (required)' : ''}: ${param.description}`);
      return [lead, ...more.slice(0, 2), ...(lines.length > 0 ? [`### Parameters\n${lines.join('\n')}`] : [])].join('\n\n');
    }
    case 'usage':
      return [lead, `When to use: ${more[0] ?? lead}`, ...(more[1] === undefined ? [] : [`Notes:\n- ${more.slice(1).join('\n- ')}`])].join(
        '\n',
      );
    case 'long':
      return [lead, ...more, ...(tool.returns === undefined ? [] : [`Returns ${lowerFirst(tool.returns)}`]), exampleOf(tool, scope)].join(
        '\n',
      );
  }
}

function exampleOf(tool: ToolData, scope: Scope): string {
  const task = tool.tasks[0];
  if (task === undefined) return '';
  return `Example: ${expand(JSON.stringify({ name: tool.name, arguments: task.args }), scope)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
