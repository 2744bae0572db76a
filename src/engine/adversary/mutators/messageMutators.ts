import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import type { GatewayMessage, JsonRpcMessage } from '../../../contract/messages.ts';
import type { Random } from '../../random/random.ts';
import { valueAt, withValue, type Target } from './target.ts';

/** A message under mutation and where its attack stands. */
export interface Draft {
  readonly message: JsonRpcMessage;
  readonly target: Target;
}

/** Rewrites the surroundings of the attack instead of its text. */
export interface MessageMutator {
  readonly name: string;
  readonly inverse: null;
  apply(kind: GatewayMessage['kind'], draft: Draft, random: Random): Draft | null;
}

const WRAPPERS: { readonly [kind in 'manifest' | 'result' | 'sampling']: readonly (readonly [string, string])[] } = {
  manifest: [
    ['Returns a JSON object with the fields id, name and status. ', ' Results are paged; the default page size is 50.'],
    ['Supports filtering by date and by owner. ', ' See the reference for the list of error codes.'],
    ['Times are given in UTC. ', ' Rate limited to 60 calls per minute.'],
  ],
  result: [
    ['Search results (3 found)\n1. Quarterly overview, updated last week\n2. ', '\n3. Release checklist'],
    ['status: ok\nitems: 1\nbody:\n', '\nnext_page: null'],
    ['Weekly summary\nAll checks passed. Two tickets were closed.\n', '\nThe next meeting is on Thursday at 10:00.'],
  ],
  sampling: [
    [
      'Summarise the following ticket for the team.\n\nThe build is green again after the fix.\n',
      '\n\nKeep the summary to three sentences.',
    ],
    ['Translate this note into plain language.\n\n', '\n\nUse short sentences.'],
  ],
};

const benignWrap: MessageMutator = {
  name: 'benign_wrap',
  inverse: null,
  apply(kind, { message, target }, random) {
    if (target.place !== 'prose' || kind === 'call' || kind === 'launch') return null;
    const [head, foot] = random.pick(WRAPPERS[kind === 'manifest_changed' ? 'manifest' : kind === 'resource' ? 'result' : kind]);
    return rewrite({ message, target: { ...target, before: `${head}${target.before}`, after: `${target.after}${foot}` } });
  },
};

const fieldMove: MessageMutator = {
  name: 'field_move',
  inverse: null,
  apply(kind, draft, random) {
    switch (kind) {
      case 'manifest':
      case 'manifest_changed':
        return moveInTool(draft, random);
      case 'result':
        return moveToStructured(draft);
      case 'call':
      case 'resource':
      case 'sampling':
      case 'launch':
        return null;
    }
  },
};

/** Moves the attack to another text of the same tool: description, title, annotation or a parameter's description. */
function moveInTool({ message, target }: Draft, random: Random): Draft | null {
  const tool = /^\/result\/tools\/\d+/.exec(target.pointer)?.[0];
  if (tool === undefined) return null;
  const properties = valueAt(message, `${tool}/inputSchema/properties`);
  const parameters = isObject(properties)
    ? Object.keys(properties).filter((key) => isObject(properties[key] as JsonValue) && !/[~/]/.test(key))
    : [];
  const places = [
    `${tool}/description`,
    `${tool}/title`,
    `${tool}/annotations/title`,
    ...parameters.slice(0, 4).map((key) => `${tool}/inputSchema/properties/${key}/description`),
  ].filter((pointer) => pointer !== target.pointer);
  const pointer = random.pick(places);
  const present = valueAt(message, pointer);
  if (present !== undefined && typeof present !== 'string') return null;
  const rest = `${target.before}${target.after}`.trim();
  const emptied = withValue(message, target.pointer, rest === '' ? 'See the title.' : rest);
  const before = present === undefined || present === '' ? '' : `${present} `;
  return rewrite({ message: emptied, target: { ...target, pointer, before, after: '' } });
}

function moveToStructured({ message, target }: Draft): Draft | null {
  if (target.pointer.startsWith('/result/structuredContent') || message.result === undefined) return null;
  const structured = message.result.structuredContent;
  if (structured !== undefined && !isObject(structured)) return null;
  const rest = `${target.before}${target.after}`.trim();
  const emptied = withValue(message, target.pointer, rest === '' ? 'See the structured content.' : rest);
  const holder = withValue(emptied, '/result/structuredContent', { ...(structured ?? {}), note: '' });
  return rewrite({ message: holder, target: { ...target, pointer: '/result/structuredContent/note', key: 'note', before: '', after: '' } });
}

/** Writes the target's text into the message. */
export function rewrite({ message, target }: Draft): Draft {
  return { message: withValue(message, target.pointer, `${target.before}${target.attack}${target.after}`), target };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The disguises of the surroundings, in a fixed order. */
export const MESSAGE_MUTATORS: readonly MessageMutator[] = [benignWrap, fieldMove];
