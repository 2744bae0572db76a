import { useEffect, useState } from 'react';
import { useConnectionState, usePlatform } from '../platform/PlatformContext.ts';
import type { ConnectionState } from '../platform/connection.ts';
import { Button } from '../widgets/Button.tsx';
import { Notice } from '../widgets/Notice.tsx';
import styles from './ConnectionNotice.module.css';

/** A line that comes back within this long is not worth a notice. */
const GRACE_MS = 1_000;

/** Says that the backend is gone, when the next attempt comes, and what to do if it does not return. */
export function ConnectionNotice() {
  const state = useConnectionState();
  const [downSince, setDownSince] = useState<number | null>(null);
  const [now, setNow] = useState(() => Date.now());
  const open = state.status === 'open';
  useEffect(() => {
    if (open) return undefined;
    const since = Date.now();
    const timer = setInterval(() => {
      setDownSince(since);
      setNow(Date.now());
    }, 250);
    return () => {
      clearInterval(timer);
      setDownSince(null);
    };
  }, [open]);
  if (open || downSince === null || now - downSince < GRACE_MS) return null;
  return (
    <div className={styles['place']}>
      <ConnectionLost state={state} now={now} />
    </div>
  );
}

function ConnectionLost({ state, now }: { readonly state: ConnectionState; readonly now: number }) {
  const { connection } = usePlatform();
  const waits = state.status === 'lost' ? Math.max(0, Math.ceil((state.retryAt - now) / 1_000)) : 0;
  return (
    <Notice
      tone="problem"
      testId="connection-problem"
      title={state.status === 'lost' ? state.reason : 'The backend does not answer.'}
      advice={`${state.status === 'lost' ? `Next attempt in ${waits} s.` : 'Connecting…'} Figures below are the last ones received. If it does not return, start OmniGuard again and open the address it prints; played steps are in the store.`}
      actions={<Button onClick={connection.retryNow}>Connect now</Button>}
    />
  );
}
