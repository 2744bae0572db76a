import { Tabs } from '@base-ui/react/tabs';
import type { EnvironmentServerStatus } from '../../../contract/environmentServer.ts';
import { SnippetList } from './SnippetList.tsx';
import { TryIt } from './TryIt.tsx';
import styles from './ClientPanel.module.css';

/** How to use the server: try each endpoint here, or copy a client. */
export function ClientPanel({ status }: { readonly status: EnvironmentServerStatus | null }) {
  return (
    <Tabs.Root className={styles['panel']} defaultValue="try" render={<section aria-label="Use the server" />}>
      <Tabs.List className={styles['tabs']}>
        <Tabs.Tab value="try" className={styles['tab']}>
          Try it
        </Tabs.Tab>
        <Tabs.Tab value="connect" className={styles['tab']} data-testid="api-connect">
          Connect
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="try" className={styles['body']}>
        <TryIt on={status?.state === 'on'} mode={status?.settings.mode ?? 'simulation'} />
      </Tabs.Panel>
      <Tabs.Panel value="connect" className={styles['body']}>
        <SnippetList status={status} />
      </Tabs.Panel>
    </Tabs.Root>
  );
}
