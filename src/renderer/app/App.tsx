import { CSPProvider } from '@base-ui/react/csp-provider';
import { useEffect, useMemo, useState } from 'react';
import { LivePage } from '../features/live/LivePage.tsx';
import { ScopeBar } from '../features/live/ScopeBar.tsx';
import { ModelsPage } from '../features/models/ModelsPage.tsx';
import type { Command } from './commands.ts';
import { ConnectionNotice } from './ConnectionNotice.tsx';
import { HelpSheet } from './HelpSheet.tsx';
import { Rail } from './Rail.tsx';
import { settings, THEMES } from './settings.ts';
import { StatusBar } from './StatusBar.tsx';
import { useCommands, useKeyboard } from './useCommands.ts';
import { useRoute } from './useRoute.ts';
import styles from './App.module.css';

/** The shell: pages on the left, scope above, status below. */
export function App() {
  const route = useRoute();
  const [help, setHelp] = useState(false);
  useKeyboard();
  useEffect(() => {
    document.title = route === 'live' ? 'Live – OmniGuard' : 'Models – OmniGuard';
  }, [route]);
  const commands = useMemo<readonly Command[]>(
    () => [
      { id: 'app.help', title: 'Keys and help', keys: ['?'], group: 'Application', enabled: true, run: () => setHelp(true) },
      {
        id: 'app.theme',
        title: 'Next theme',
        keys: ['d'],
        group: 'Application',
        enabled: true,
        run: () => settings.setState(({ theme }) => ({ theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system' })),
      },
      { id: 'app.live', title: 'Live page', keys: ['1'], group: 'Application', enabled: true, run: () => goTo('live') },
      { id: 'app.models', title: 'Models page', keys: ['2'], group: 'Application', enabled: true, run: () => goTo('models') },
    ],
    [],
  );
  useCommands(commands);
  return (
    <CSPProvider disableStyleElements>
      <div className={styles['shell']}>
        <Rail route={route} onHelp={() => setHelp(true)} />
        <header className={styles['top']}>
          <ScopeBar />
        </header>
        <main className={styles['main']}>
          <ConnectionNotice />
          {route === 'live' ? <LivePage /> : <ModelsPage />}
        </main>
        <StatusBar />
      </div>
      <HelpSheet open={help} onOpenChange={setHelp} />
    </CSPProvider>
  );
}

function goTo(route: string): void {
  window.location.hash = `#/${route}`;
}
