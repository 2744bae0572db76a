import type { CriticReport, EnvironmentConfig } from '../../contract/episodes.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { definitionChanges } from '../analysis/definitionDiff.ts';
import { callArguments, toolName } from '../analysis/messageParts.ts';
import { splitIdentifier, taskOverlap } from '../analysis/taskOverlap.ts';
import { lowerCase, readDocument } from '../text/document.ts';
import { diffWords, type Span } from '../text/diff.ts';
import { cosineDistance, embed } from '../text/embedding.ts';
import { textLeaves } from '../text/leaves.ts';
import { lexicalDrift } from './lexical.ts';
import { structuralDrift } from './structural.ts';

const MAX_TEXT = 8_000;
const MAX_SPANS = 8;
/** What a catch earns lies between these; see the reward table. */
const SCORE = { least: 0.1, most: 0.8 } as const;

/** The two texts to compare, or null when the message has no reference. */
export function criticTexts(
  message: GatewayMessage,
  analysis: Analysis,
): { readonly reference: string; readonly candidate: string; readonly kind: CriticReport['reference'] } | null {
  if (message.kind === 'manifest_changed' && message.context.baseline !== undefined && message.context.baseline !== null) {
    return { kind: 'pinned_baseline', reference: flatText(message.context.baseline), candidate: flatText(message.message.result ?? null) };
  }
  const layers = analysis.layers.filter((layer) => layer.text.length >= 8);
  if (layers.length > 0) {
    return {
      kind: 'surface_text',
      reference: readDocument(message.message).text.slice(0, MAX_TEXT),
      candidate: layers
        .map((layer) => layer.text)
        .join('\n')
        .slice(0, MAX_TEXT),
    };
  }
  if (message.kind === 'call' && message.context.userTask !== undefined) {
    return { kind: 'user_task', reference: message.context.userTask.slice(0, MAX_TEXT), candidate: callText(message) };
  }
  return null;
}

/**
 * Drift between a message and its reference: the weighted sum of embedding distance,
 * lexical and structural drift, each 0..1. `embeddingDistance` (cosine, 0..2) takes the
 * place of the engine's own. Null when there is no reference.
 */
export function compareWithReference(
  message: GatewayMessage,
  analysis: Analysis,
  criticConfig: EnvironmentConfig['critic'],
  embeddingDistance?: number,
): CriticReport | null {
  const texts = criticTexts(message, analysis);
  if (texts === null) return null;
  const distance = embeddingDistance ?? cosineDistance(embed(lowerCase(texts.reference)), embed(lowerCase(texts.candidate)));
  const { spans, lexical, structural } = measure(message, texts);
  const parts = { embedding: clamp(distance), lexical, structural };
  const { weights, threshold } = criticConfig;
  const drift = clamp(weights.embedding * parts.embedding + weights.lexical * parts.lexical + weights.structural * parts.structural);
  return {
    reference: texts.kind,
    drift,
    threshold,
    driftFound: drift >= threshold,
    score: SCORE.least + (SCORE.most - SCORE.least) * drift,
    parts,
    spans: longest(spans),
  };
}

function measure(
  message: GatewayMessage,
  texts: { readonly reference: string; readonly candidate: string; readonly kind: CriticReport['reference'] },
): { readonly spans: readonly Span[]; readonly lexical: number; readonly structural: number } {
  switch (texts.kind) {
    case 'pinned_baseline': {
      const changes = definitionChanges(message);
      const { added } = diffWords(texts.reference, texts.candidate);
      return { spans: added, lexical: lexicalDrift(changes), structural: structuralDrift(changes) };
    }
    case 'surface_text': {
      const { added } = diffWords(texts.reference, texts.candidate);
      const hidden = [{ kind: 'description_changed', tool: '', name: '', before: '', after: texts.candidate } as const];
      return { spans: added, lexical: lexicalDrift(hidden), structural: lexicalDrift(hidden) };
    }
    case 'user_task': {
      const overlap = taskOverlap(message);
      const unrelated = overlap === null ? 0 : 1 - Math.max(overlap.words, overlap.tool);
      return {
        spans: [{ start: 0, end: texts.candidate.length, text: texts.candidate }],
        lexical: unrelated,
        structural: overlap === null ? 0 : 1 - overlap.tool,
      };
    }
  }
}

function callText(message: GatewayMessage): string {
  const values = textLeaves(callArguments(message)).leaves.map((leaf) => `${leaf.key} ${leaf.text}`);
  return `${splitIdentifier(toolName(message))} ${values.join(' ')}`.slice(0, MAX_TEXT);
}

function flatText(value: Parameters<typeof textLeaves>[0]): string {
  return textLeaves(value)
    .leaves.filter((leaf) => leaf.key !== 'type')
    .map((leaf) => leaf.text)
    .join('\n')
    .slice(0, MAX_TEXT);
}

function longest(spans: readonly Span[]): { start: number; end: number }[] {
  return [...spans]
    .sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)
    .slice(0, MAX_SPANS)
    .sort((a, b) => a.start - b.start)
    .map(({ start, end }) => ({ start, end }));
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}
