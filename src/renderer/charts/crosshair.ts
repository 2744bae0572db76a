import { createStore } from 'zustand/vanilla';

/**
 * Where all panels point: at a value of x, never at an index, since panels differ in length. `source` is the panel under the
 * pointer or with the focus; `locked` keeps the place while the pointer goes elsewhere.
 */
export interface Crosshair {
  readonly x: number | null;
  readonly source: string | null;
  readonly locked: boolean;
}

export const crosshair = createStore<Crosshair>(() => ({ x: null, source: null, locked: false }));

export function pointAt(source: string, x: number): void {
  if (!crosshair.getState().locked) crosshair.setState({ x, source });
}

export function clearCrosshair(): void {
  crosshair.setState({ x: null, source: null, locked: false });
}

export function leaveCrosshair(): void {
  if (!crosshair.getState().locked) clearCrosshair();
}
