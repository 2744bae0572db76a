import type { ReactNode } from 'react';
import type { InferenceDevice } from '../../contract/models.ts';
import { useLive } from '../features/live/LiveContext.ts';
import { bytes, plural } from '../lib/format.ts';
import { useConnectionState } from '../platform/PlatformContext.ts';
import { Icon } from '../widgets/Icon.tsx';
import { ReviewQueueItem } from './ReviewQueueItem.tsx';
import { useSystem } from './SystemContext.ts';
import styles from './StatusBar.module.css';

function describeDevice(device: InferenceDevice | null): string {
  if (device === null) return 'Device: chosen with the first model';
  const threads = plural(device.threads, 'thread');
  if (device.gpu === null) return `CPU, ${threads}`;
  const names = device.deviceNames.length === 0 ? '' : ` ${device.deviceNames.join(', ')}`;
  return `${device.gpu}${names}, ${threads}`;
}

/** Connection, device and store at the foot of every page. */
export function StatusBar() {
  const connection = useConnectionState();
  const info = useSystem((status) => status.info);
  const dropped = useLive(({ view }) => view?.dropped ?? 0);
  const words = { open: 'Connected', connecting: 'Connecting…', lost: 'Connection lost' }[connection.status];
  return (
    <footer className={styles['bar']} aria-label="Status">
      <span className={styles['connection']} data-status={connection.status} data-testid="connection-state" role="status">
        {words}
      </span>
      {info === null ? null : (
        <>
          <Item testId="status-device" title={info.device === null ? undefined : `llama.cpp ${info.device.release}`}>
            {describeDevice(info.device)}
          </Item>
          <Item testId="status-store" title={info.dataDir}>
            Store: {plural(info.store.episodes, 'episode')}, {plural(info.store.steps, 'step')}, {bytes(info.store.bytes)}
          </Item>
          <ReviewQueueItem />
          {info.store.writable ? null : (
            <Item warn testId="status-store-problem">
              Store not writable. {info.store.problem}
            </Item>
          )}
          {dropped === 0 ? null : (
            <Item warn testId="status-dropped" title="This page fell behind; totals are right and the store has every step">
              {plural(dropped, 'event')} skipped here
            </Item>
          )}
          <span className={styles['right']}>
            <Item title={`Corpus ${info.corpus.sha256}`}>
              Corpus: {plural(info.corpus.servers, 'server')}, {plural(info.corpus.tools, 'tool')}
            </Item>
            <Item>OmniGuard {info.version}</Item>
          </span>
        </>
      )}
    </footer>
  );
}

interface ItemProps {
  readonly children: ReactNode;
  readonly warn?: boolean;
  readonly testId?: string;
  readonly title?: string | undefined;
}

function Item({ children, warn = false, testId, title }: ItemProps) {
  return (
    <span className={warn ? styles['warn'] : undefined} data-testid={testId} title={title}>
      {warn ? <Icon name="warning" size={12} /> : null}
      {children}
    </span>
  );
}
