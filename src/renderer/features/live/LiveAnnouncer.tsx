import { useEffect, useState } from 'react';
import { useLiveFeature } from './LiveContext.ts';
import { summarize } from './liveSummary.ts';

const ANNOUNCE_MS = 5_000;

/** A polite summary for screen readers, at most every five seconds and only when it changed. */
export function LiveAnnouncer() {
  const { store } = useLiveFeature();
  const [text, setText] = useState('');
  useEffect(() => {
    const timer = setInterval(() => {
      const { view } = store.getState();
      setText(view === null ? '' : summarize(view));
    }, ANNOUNCE_MS);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {text}
    </p>
  );
}
