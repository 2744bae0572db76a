import { createContext, useContext } from 'react';
import type { GuideFacts } from '../../../contract/guide.ts';

export const FactsContext = createContext<GuideFacts | null>(null);

/** The engine's figures, which the page loads before its sections. */
export function useFacts(): GuideFacts {
  const facts = useContext(FactsContext);
  if (facts === null) throw new Error('FactsContext is missing.');
  return facts;
}
