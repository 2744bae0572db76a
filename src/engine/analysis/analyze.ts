import type { Capability } from '../../contract/actions.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { DecodedLayer, Hint } from '../../contract/observation.ts';
import { readDocument, segmentAt, lowerCase, type TextDocument } from '../text/document.ts';
import { embed } from '../text/embedding.ts';
import { decodeLayers, type Layer } from '../text/layers.ts';
import { NO_MARKS } from '../text/normalize.ts';
import { hasLongQuery, hostsIn, isInternalHost, isReservedHost } from './addresses.ts';
import type { Analysis } from './analysis.ts';
import { asksFor, EFFECTS } from './effects.ts';
import { exercisedCapabilities } from './capabilities.ts';
import { launchHints } from './launchHints.ts';
import { changeHints, manifestHints } from './manifestHints.ts';
import { launchEntries, toolName } from './messageParts.ts';
import { taskOverlap } from './taskOverlap.ts';
import { readerOf, scanText, type PatternHit } from './textHints.ts';

/** Longest decoded layer and normalised text that an analysis carries, characters. */
const MAX_LAYER_TEXT = 2_000;
const MAX_NORMALIZED = 8_000;
const MAX_HINTS = 64;

const cache = new WeakMap<GatewayMessage, Analysis>();

/**
 * What the deterministic analysers find in a message: a pure function of message and
 * context, remembered per object. Work is bounded whatever the size of the message.
 */
export function analyze(message: GatewayMessage): Analysis {
  const known = cache.get(message);
  if (known !== undefined) return known;
  const analysis = analyzeAfresh(message);
  cache.set(message, analysis);
  return analysis;
}

function analyzeAfresh(message: GatewayMessage): Analysis {
  const document = readDocument(message.message);
  const layers = layersOf(document);
  const hints = new HintList();
  const surface = scanText(document.lower, readerOf(message.kind));
  for (const hit of surface) {
    const at = segmentAt(document, hit.start)?.leaf;
    // The address of a resource is what was asked for, not what its text says.
    if (message.kind === 'resource' && at?.key === 'uri') continue;
    hints.add(hit.code, hit.text, at?.pointer);
  }
  markHints(document, hints);
  layerHints(layers, readerOf(message.kind), hints);
  const hosts = hostsIn(document.lower);
  const external = hosts.filter((host) => !isInternalHost(host));
  addressHints(document, external, hints);
  shapeHints(message, document, surface, hints);
  if (document.truncated) hints.add('text_truncated', 'longer than what is analysed');
  const codes = new Set(hints.list.map((hint) => hint.code));
  const exercised = exercisedCapabilities(message, document.lower, {
    codes,
    externalHost: external.length > 0,
    internalHost: hosts.some(isInternalHost),
  });
  if (message.kind === 'call') effectHints(message, exercised, codes, hints);
  return {
    normalizedText: excerpt(document.text, surface),
    layers: layers.map(displayLayer),
    hints: hints.list,
    exercised,
    embedding: embed(document.lower),
  };
}

/** Hints in order of discovery, the first of each code. */
class HintList {
  readonly list: Hint[] = [];
  private readonly codes = new Set<string>();

  add(code: string, text: string, pointer?: string): void {
    if (this.codes.has(code) || this.list.length >= MAX_HINTS) return;
    this.codes.add(code);
    this.list.push(pointer === undefined ? { code, text } : { code, text, pointer });
  }
}

/** Below this length only percent escapes, entities and cut-up strings can be encoded runs. */
const SHORTEST_RUN = 16;
const MAY_DECODE = /[%&"'+\\.]/;

function layersOf(document: TextDocument): readonly Layer[] {
  const layers: Layer[] = [];
  for (const segment of document.segments) {
    const text = document.text.slice(segment.start, segment.end);
    if (text.length < SHORTEST_RUN && segment.marks === NO_MARKS && !MAY_DECODE.test(text)) continue;
    layers.push(...decodeLayers({ pointer: segment.leaf.pointer, text, marks: segment.marks }));
    if (layers.length >= MAX_HINTS) break;
  }
  return layers;
}

function displayLayer(layer: Layer): DecodedLayer {
  return { encoding: layer.encoding, pointer: layer.pointer, text: layer.text.slice(0, MAX_LAYER_TEXT) };
}

function markHints(document: TextDocument, hints: HintList): void {
  for (const { leaf, marks } of document.segments) {
    if (marks.zeroWidth > 0) hints.add('zero_width', 'zero-width characters', leaf.pointer);
    if (marks.bidi > 0) hints.add('bidi', 'bidirectional controls', leaf.pointer);
    if (marks.tags !== '') hints.add('unicode_tags', 'Unicode tag characters', leaf.pointer);
    if (marks.ansi > 0) hints.add('ansi_escape', 'terminal escape sequences', leaf.pointer);
    if (marks.homoglyphs) hints.add('homoglyphs', 'look-alike letters', leaf.pointer);
    if (leaf.isKey) hints.add('long_key', 'sentence as a field name', leaf.pointer);
  }
}

const LAYER_WORDS: { readonly [E in DecodedLayer['encoding']]: string } = {
  base64: 'base64 layer',
  hex: 'hexadecimal layer',
  url: 'percent-encoded layer',
  rot13: 'ROT13 layer',
  zero_width: 'text between zero-width characters',
  bidi: 'text between bidirectional controls',
  homoglyph: 'text in look-alike letters',
  unicode_tags: 'text in Unicode tags',
  split: 'split-up text',
  json: 'JSON inside a string',
  html_entities: 'HTML entity layer',
  reversed: 'reversed text',
  leet: 'digits for letters',
};

/** Encodings found, nesting, and what the decoded text itself shows. */
function layerHints(layers: readonly Layer[], reader: 'prose' | 'shell', hints: HintList): void {
  for (const layer of layers) {
    hints.add(`${layer.encoding}_layer`, LAYER_WORDS[layer.encoding], layer.pointer);
    if (layer.depth > 1) hints.add('nested_encoding', 'encoding inside an encoding', layer.pointer);
  }
  for (const layer of layers) {
    const hits = scanText(lowerCase(layer.text), reader);
    for (const hit of hits) hints.add(hit.code, `${hit.text} (decoded)`, layer.pointer);
    if (hits.some((hit) => INSTRUCTION_CODES.has(hit.code)))
      hints.add('decoded_instruction', 'decoded text gives instructions', layer.pointer);
    if (hits.some((hit) => hit.code === 'download_to_disk' || hit.code === 'pipe_to_shell'))
      hints.add('decoded_command', 'decoded text is a command', layer.pointer);
  }
}

const INSTRUCTION_CODES: ReadonlySet<string> = new Set([
  'override_phrase',
  'secrecy_phrase',
  'imperative_to_assistant',
  'ordering_condition',
  'addresses_model',
  'second_person_order',
  'role_markup',
  'talks_to_model',
]);

function addressHints(document: TextDocument, external: readonly string[], hints: HintList): void {
  const named = external.filter((host) => !isReservedHost(host));
  if (named.length > 0) hints.add('external_url', `external host ${named.slice(0, 3).join(', ')}`);
  else if (external.length > 0) hints.add('documentation_url', 'documentation host');
  if (hasLongQuery(document.lower)) hints.add('long_query_string', 'long query string');
}

function shapeHints(message: GatewayMessage, document: TextDocument, surface: readonly PatternHit[], hints: HintList): void {
  switch (message.kind) {
    case 'manifest':
    case 'manifest_changed':
      for (const hint of [...changeHints(message), ...manifestHints(message)]) hints.add(hint.code, hint.text, hint.pointer);
      return;
    case 'call':
      callHints(message, document, surface, hints);
      return;
    case 'launch':
      for (const [i, entry] of launchEntries(message).entries()) {
        const base = message.message.params?.mcpServers === undefined ? '/params' : `/params/mcpServers/${entry.name.slice(0, 64)}`;
        if (i === 1) hints.add('several_servers', 'several servers in one entry');
        for (const hint of launchHints(entry, base)) hints.add(hint.code, hint.text, hint.pointer);
      }
      return;
    case 'result':
    case 'resource':
    case 'sampling':
      return;
  }
}

const LOW_OVERLAP = 0.15;
const HIGH_OVERLAP = 0.6;

function callHints(message: GatewayMessage, document: TextDocument, surface: readonly PatternHit[], hints: HintList): void {
  const overlap = taskOverlap(message);
  if (overlap !== null) {
    const best = Math.max(overlap.words, overlap.tool);
    if (best === 0) hints.add('task_overlap_none', 'shares no word with the user task');
    else if (best < LOW_OVERLAP) hints.add('task_overlap_low', 'shares few words with the user task');
    else if (overlap.words >= HIGH_OVERLAP) hints.add('task_overlap_high', 'values named by the user task');
    if (overlap.tool > 0) hints.add('task_names_tool', 'the user task speaks of what the tool does');
  }
  for (const hit of surface) {
    const leaf = segmentAt(document, hit.start)?.leaf;
    if (leaf === undefined) continue;
    if (OUTSIDE.has(hit.code) || (hit.code === 'home_path' && HIDDEN_DIRECTORY.test(leaf.text)))
      hints.add('outside_workspace', 'path outside the workspace', leaf.pointer);
    if (RUNS.has(hit.code) && !COMMAND_KEY.test(leaf.key))
      hints.add('command_in_argument', 'command in an argument that takes none', leaf.pointer);
  }
}

const OUTSIDE: ReadonlySet<string> = new Set(['system_path', 'credential_path', 'path_traversal']);
const HIDDEN_DIRECTORY = /[\\/]\.[A-Za-z]/;
const RUNS: ReadonlySet<string> = new Set([
  'shell_metacharacters',
  'command_substitution',
  'code_call',
  'pipe_to_shell',
  'sql_shape',
  'time_probe',
  'reverse_shell_shape',
]);
const COMMAND_KEY = /^(?:cmd|command|commandline|command_line|script|code|shell|line|input|program|exec|query|sql)$/i;

const READS =
  /^(?:get|list|search|read|find|view|show|check|fetch|query|describe|count|lookup|browse|calculate|compute|estimate|is|has)(?![a-z])/i;
const CHANGES =
  /^(?:set|lock|unlock|create|delete|remove|update|send|post|reserve|book|add|place|cancel|edit|move|share|invite|schedule|transfer|pay|buy|purchase|write|append|start|stop|press|fund|reset|change|grant|upload|publish|reply|make|withdraw|retweet|comment|resolve|close|fill|register|activate|adjust|follow)(?![a-z])/i;

/** Whether the call changes something, and whether the user's task spoke of that. */
function effectHints(message: GatewayMessage, exercised: readonly Capability[], codes: ReadonlySet<string>, hints: HintList): void {
  const name = toolName(message).split('.').at(-1) ?? '';
  if (READS.test(name)) hints.add('reading_tool', 'tool that reads');
  else if (CHANGES.test(name)) hints.add('changing_tool', 'tool that changes something');
  const task = message.context.userTask;
  if (task === undefined || codes.has('task_overlap_high') || codes.has('task_names_tool')) return;
  const unrequested = exercised.filter((capability) => EFFECTS.includes(capability) && !asksFor(task, capability));
  if (unrequested.length > 0) hints.add('unrequested_effect', `effect that the user task does not speak of: ${unrequested.join(', ')}`);
}

/** The normalised text at no more than 8,000 characters: head, places with findings, tail. */
function excerpt(text: string, hits: readonly PatternHit[]): string {
  if (text.length <= MAX_NORMALIZED) return text;
  const head = text.slice(0, 3_000);
  const tail = text.slice(text.length - 2_000);
  const windows: string[] = [];
  let left = MAX_NORMALIZED - head.length - tail.length - 64;
  let reached = head.length;
  for (const hit of [...hits].sort((a, b) => a.start - b.start)) {
    if (hit.start < reached || hit.start >= text.length - tail.length) continue;
    const end = Math.min(hit.end + 200, hit.start + 600);
    const part = text.slice(Math.max(reached, hit.start - 200), end);
    if (part.length + 3 > left) break;
    windows.push(part);
    left -= part.length + 3;
    reached = end;
  }
  return [head, ...windows, tail].join('\n…\n').slice(0, MAX_NORMALIZED);
}
