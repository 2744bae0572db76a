import type { DecodedLayer } from '../../contract/observation.ts';
import { encodedRuns } from './decoders.ts';
import { normalizeText, type Marks } from './normalize.ts';

/** A decoded layer before it is cut for display. */
export interface Layer {
  readonly encoding: DecodedLayer['encoding'];
  readonly pointer: string;
  /** Normalised decoded text. */
  readonly text: string;
  /** 1 for a layer of the surface text, up to `MAX_NESTING`. */
  readonly depth: number;
}

export const MAX_NESTING = 3;
const MAX_LAYERS = 32;
const MAX_TOTAL = 131_072;

/** One surface string, normalised, with what the normaliser took off. */
export interface SurfaceText {
  readonly pointer: string;
  readonly text: string;
  readonly marks: Marks;
}

/**
 * Takes encodings off a normalised string, breadth first, at most three deep, 32
 * layers and 131,072 decoded characters, duplicates dropped.
 */
export function decodeLayers(surface: SurfaceText): readonly Layer[] {
  const layers: Layer[] = [...markLayers(surface, surface.pointer, 1)];
  const seen = new Set<string>([surface.text]);
  let total = 0;
  let frontier: { text: string; depth: number }[] = [{ text: surface.text, depth: 0 }];
  for (const layer of layers) {
    seen.add(layer.text);
    if (layer.encoding === 'unicode_tags') frontier.push({ text: layer.text, depth: 1 });
  }
  while (frontier.length > 0) {
    const next: { text: string; depth: number }[] = [];
    for (const { text, depth } of frontier) {
      if (depth >= MAX_NESTING) continue;
      for (const run of encodedRuns(text)) {
        const { text: plain, marks } = normalizeText(run.text);
        const inner = { pointer: surface.pointer, text: plain, marks };
        for (const layer of [
          { encoding: run.encoding, pointer: surface.pointer, text: plain, depth: depth + 1 },
          ...markLayers(inner, surface.pointer, depth + 2),
        ]) {
          if (layer.text === '' || (seen.has(layer.text) && layer.encoding === run.encoding)) continue;
          seen.add(layer.text);
          if (layers.length >= MAX_LAYERS || (total += layer.text.length) > MAX_TOTAL) return layers;
          layers.push(layer);
          if (layer.encoding === run.encoding || layer.encoding === 'unicode_tags') next.push({ text: layer.text, depth: layer.depth });
        }
      }
    }
    frontier = next;
  }
  return layers;
}

/** What the removed characters of a string amount to as layers of their own. */
function markLayers(surface: SurfaceText, pointer: string, depth: number): Layer[] {
  const { marks, text } = surface;
  const layers: Layer[] = [];
  if (marks.tags !== '') layers.push({ encoding: 'unicode_tags', pointer, text: marks.tags, depth });
  if (marks.zeroWidth > 2) layers.push({ encoding: 'zero_width', pointer, text, depth });
  if (marks.visual !== '') layers.push({ encoding: 'bidi', pointer, text: marks.visual, depth });
  else if (marks.bidi > 1) layers.push({ encoding: 'bidi', pointer, text, depth });
  if (marks.homoglyphs) layers.push({ encoding: 'homoglyph', pointer, text, depth });
  return layers;
}
