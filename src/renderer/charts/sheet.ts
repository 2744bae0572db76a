import { valueAt, type Range } from './axisRange.ts';
import { SCALES, type ScaleKind } from './scale.ts';

/**
 * A panel's picture is a sheet wider than its window: so much of the window's width is drawn beyond either end. While a view moves,
 * the sheet is shifted behind the window, which costs no drawing; a new one is drawn when there is time.
 */
export const OVERSCAN = 1;

/** What a sheet around a view shows. */
export function sheetRange(view: Range, scale: ScaleKind): Range {
  return [valueAt(view, scale, -OVERSCAN), valueAt(view, scale, 1 + OVERSCAN)];
}

/** Width of the sheet of a window, in the same unit. */
export function sheetWidth(width: number): number {
  return Math.round(width * (1 + 2 * OVERSCAN));
}

export interface SheetPlace {
  /** Of the sheet's left edge from the window's, pixels. */
  readonly shift: number;
  /** How many times as wide the sheet has to be to show the view; 1 while it only moves. */
  readonly stretch: number;
}

/** Where the sheet that was drawn for one view has to lie to show another. @param width of the window, pixels */
export function sheetPlace(drawn: Range, shown: Range, scale: ScaleKind, width: number): SheetPlace {
  const { forward } = SCALES[scale];
  const [drawnFrom, drawnTo, shownFrom, shownTo] = [drawn[0], drawn[1], shown[0], shown[1]].map(forward) as [
    number,
    number,
    number,
    number,
  ];
  const stretch = (drawnTo - drawnFrom) / (shownTo - shownFrom);
  const start = ((drawnFrom - shownFrom) / (shownTo - shownFrom)) * width;
  return { shift: start - OVERSCAN * width * stretch, stretch };
}

/** True when both are equally wide on the scale, so that one picture can show either. */
export function areEquallyWide(a: Range, b: Range, scale: ScaleKind): boolean {
  return Math.abs(sheetPlace(a, b, scale, 1).stretch - 1) < 1e-6;
}
