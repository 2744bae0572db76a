import type { GatewayMessage } from '../../contract/messages.ts';
import { definitionChanges, toolsOf, type DefinitionChange } from '../analysis/definitionDiff.ts';
import { normalizeText } from '../text/normalize.ts';
import { diffWords, type Span } from '../text/diff.ts';

/** What an embedder compares: a tool as it was pinned, and what its new definition says beyond that. */
export interface EditTexts {
  /** Name, beginning of the description, and the words that were taken away. */
  readonly reference: string;
  /** The words that were added, a line for each changed field. */
  readonly candidate: string;
}

/** Bounds in characters: an embedder reads some 500 tokens. */
const MAX_DESCRIPTION = 200;
const MAX_REMOVED = 160;
const MAX_ADDED = 700;
const MAX_TEXT = 1_500;
const MAX_TOOLS = 4;

/**
 * The two texts of a change to a pinned definition. Only the change itself is compared, so that one added sentence weighs
 * as much in a long definition as in a short one. Null when nothing is pinned, or nothing was added that could be read.
 */
export function editTexts(message: GatewayMessage): EditTexts | null {
  const changes = definitionChanges(message);
  const added: string[] = [];
  const removed: string[] = [];
  for (const change of changes) {
    const diff = diffWords(change.before, change.after);
    const field = FIELDS[change.kind](change.name);
    if (diff.added.length > 0) added.push(`${field}: ${joined(diff.added)}`.slice(0, MAX_ADDED));
    if (diff.removed.length > 0) removed.push(`${field}: ${joined(diff.removed)}`.slice(0, MAX_REMOVED));
  }
  if (added.length === 0) return null;
  const changed = new Set(changes.map(({ tool }) => tool));
  const pinned = toolsOf(message.context.baseline ?? undefined);
  const known = pinned.filter(({ name }) => typeof name === 'string' && changed.has(name));
  const tools = (known.length > 0 ? known : pinned).slice(0, MAX_TOOLS).map(introduction);
  return { reference: [...tools, ...removed].join('\n').slice(0, MAX_TEXT), candidate: added.join('\n').slice(0, MAX_TEXT) };
}

function introduction({ name, description }: ReturnType<typeof toolsOf>[number]): string {
  const text = [name, description].filter((part) => typeof part === 'string').join(': ');
  return normalizeText(text.slice(0, 4 * MAX_DESCRIPTION)).text.slice(0, MAX_DESCRIPTION);
}

function joined(spans: readonly Span[]): string {
  return spans.map(({ text }) => text).join(' … ');
}

const FIELDS: { readonly [K in DefinitionChange['kind']]: (name: string) => string } = {
  tool_added: () => 'new tool',
  tool_removed: () => 'tool',
  tool_renamed: () => 'name',
  description_changed: (name) => (name === 'description' ? name : `description ${name}`),
  param_added: () => 'new parameter',
  param_removed: () => 'parameter',
  param_renamed: () => 'parameter name',
  param_text_changed: (name) => `parameter ${name}`,
  required_added: () => 'required',
  required_removed: () => 'required',
  default_changed: (name) => `default of ${name}`,
  schema_changed: (name) => `schema of ${name}`,
  title_changed: () => 'title',
  annotations_changed: (name) => `annotation ${name}`,
};
