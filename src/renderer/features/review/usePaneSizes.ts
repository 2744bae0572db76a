import { useCallback, useState } from 'react';
import { z } from 'zod';

const KEY = 'omniguard.review.panes';
const sizesSchema = z.object({ queue: z.number().min(220).max(480), side: z.number().min(280).max(520) });
export type PaneSizes = z.infer<typeof sizesSchema>;

const FALLBACK: PaneSizes = { queue: 270, side: 320 };

function read(): PaneSizes {
  try {
    return sizesSchema.catch(FALLBACK).parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
  } catch {
    return FALLBACK;
  }
}

/** Widths of the outer panes, pixels, kept from one visit to the next. */
export function usePaneSizes(): readonly [PaneSizes, (sizes: PaneSizes) => void] {
  const [sizes, setSizes] = useState(read);
  const keep = useCallback((next: PaneSizes) => {
    setSizes(next);
    localStorage.setItem(KEY, JSON.stringify(next));
  }, []);
  return [sizes, keep];
}
