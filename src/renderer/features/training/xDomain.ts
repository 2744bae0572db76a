import { useEffect } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Range } from '../../charts/axisRange.ts';

/** First and last x of each panel on the page. */
const domains = createStore<{ readonly [panel: string]: Range }>(() => ({}));

/** Tells where a panel's curves begin and end, as long as it is there. */
export function useReportedDomain(panel: string, domain: Range | null): void {
  const [from, to] = domain ?? [null, null];
  useEffect(() => {
    if (from === null || to === null) return undefined;
    domains.setState({ [panel]: [from, to] });
    return () => {
      const { [panel]: _gone, ...others } = domains.getState();
      domains.setState(others, true);
    };
  }, [panel, from, to]);
}

/** Where the curves of all panels begin and end; null without any. */
export function useWholeDomain(): Range | null {
  const from = useStore(domains, (all) => Math.min(...Object.values(all).map(([start]) => start)));
  const to = useStore(domains, (all) => Math.max(...Object.values(all).map(([, end]) => end)));
  return to > from ? [from, to] : null;
}
