import type { GatewayMessage } from '../../../contract/messages.ts';
import type { Observation } from '../../../contract/observation.ts';
import { definitionChanges } from '../../../engine/analysis/definitionDiff.ts';
import { diffWords } from '../../../engine/text/diff.ts';
import layout from './layout.json' with { type: 'json' };
import { flattenMessage, readable } from './flatten.ts';
import { excerptSource, salientExcerpt, type ExcerptSource } from './salience.ts';

export interface RenderOptions {
  /** Most characters of the body; at least 64. */
  readonly characters?: number;
}

const LEAST = 64;
const MAX_NAME = 40;
const MAX_LAYERS = 3;

/** Shares of the body's characters that each section may take; what one leaves, the message text gets. */
const SHARE = { task: 0.2, hints: 0.34, decoded: 0.3, diff: 0.5 } as const;

/**
 * The untrusted, per-message part of a prompt: facts, user task, observable hints,
 * decoded layers, the difference to the pinned definition and an excerpt of the message
 * text. A pure function of the message and what the analysers found in it; holds no label,
 * identifier, phase, budget or past decision. At most `characters` characters (default: the layout's).
 */
export function renderBody(observation: Observation, options: RenderOptions = {}): string {
  const limit = Math.max(LEAST, options.characters ?? layout.characters);
  const { facts, sections, text } = limit === layout.characters ? remembered(observation) : prepare(observation, limit);
  let head = facts + sections;
  const least = Math.min(160, Math.floor(limit / 3));
  if (head.length > limit - least) head = head.slice(0, limit - least);
  return `${head}\n${text.excerpt(limit - head.length - 1)}`;
}

/** All of a body that follows from the message alone. */
interface PreparedBody {
  /** The first line. */
  readonly facts: string;
  /** The lines between it and the message text, each with the line break before it. */
  readonly sections: string;
  readonly text: ExcerptSource;
}

const prepared = new WeakMap<GatewayMessage, PreparedBody & { readonly hints: Observation['hints'] }>();

/** The prepared body for the layout's own length: a message that is seen again costs only its excerpt. */
function remembered(observation: Observation): PreparedBody {
  const known = prepared.get(observation.message);
  // Equal messages with other findings are other observations; the analysis hands out one list for each message.
  if (known?.hints === observation.hints) return known;
  const made = { ...prepare(observation, layout.characters), hints: observation.hints };
  prepared.set(observation.message, made);
  return made;
}

function prepare(observation: Observation, limit: number): PreparedBody {
  const lines = [
    section('task', observation.message.context.userTask ?? '', limit * SHARE.task),
    hintLine(observation, limit * SHARE.hints),
    ...decodedLines(observation, limit * SHARE.decoded),
    ...changeLines(observation, limit * SHARE.diff),
  ].filter((line) => line !== '');
  const sections = lines.map((line) => `\n${line}`).join('');
  return { facts: facts(observation), sections, text: excerptSource(flattenMessage(observation.message)) };
}

function facts({ message, exercised }: Observation): string {
  const { transport, server, tool } = message.context;
  const parts = [`${message.kind} ${transport}`, `server ${name(server)}`];
  if (tool !== undefined) parts.push(`tool ${name(tool)}`);
  if (exercised.length > 0) parts.push(`caps ${exercised.join(' ')}`);
  return parts.join(' | ');
}

function name(text: string): string {
  return oneLine(readable(text)).slice(0, MAX_NAME);
}

function section(label: string, text: string, length: number): string {
  if (text === '') return '';
  return `${label}: ${salientExcerpt(oneLine(readable(text)), Math.floor(length))}`;
}

function hintLine({ hints }: Observation, length: number): string {
  if (hints.length === 0) return 'hints: none';
  let line = 'hints:';
  for (const hint of hints) {
    const word = ` ${hint.code}`;
    if (line.length + word.length > length) break;
    line += word;
  }
  return line;
}

function decodedLines({ layers }: Observation, length: number): string[] {
  const shown = layers.filter((layer, i) => layers.findIndex((other) => other.text === layer.text) === i).slice(-MAX_LAYERS);
  const each = Math.floor(length / Math.max(1, shown.length));
  return shown.map((layer) => section(`decoded ${layer.encoding}`, layer.text, each - 20));
}

function changeLines({ message }: Observation, length: number): string[] {
  const changes = definitionChanges(message);
  if (changes.length === 0) return [];
  const lines: string[] = [];
  let left = Math.floor(length);
  for (const change of changes) {
    const diff = diffWords(change.before, change.after);
    const added = diff.added.map((span) => span.text).join(' … ');
    const removed = diff.removed.map((span) => span.text).join(' … ');
    const room = Math.min(left - 40, 260);
    if (room < 24) break;
    const parts = [`${change.kind} ${name(change.name)}`];
    if (added !== '') parts.push(`+ ${salientExcerpt(oneLine(readable(added)), room)}`);
    if (removed !== '') parts.push(`- ${salientExcerpt(oneLine(readable(removed)), Math.min(room, 80))}`);
    const line = parts.join(' ');
    lines.push(line);
    left -= line.length;
  }
  return lines;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
