import { CSPProvider } from '@base-ui/react/csp-provider';
import { useEffect, useMemo, useState } from 'react';
import type { Command } from './commands.ts';
import { ConnectionNotice } from './ConnectionNotice.tsx';
import { HelpSheet } from './HelpSheet.tsx';
import { PAGES } from './pages.ts';
import { Rail } from './Rail.tsx';
import { settings, THEMES } from './settings.ts';
import { StatusBar } from './StatusBar.tsx';
import { useCommands, useKeyboard } from './useCommands.ts';
import { ROUTES, useRoute, type Route } from './useRoute.ts';
import styles from './App.module.css';

/** The shell: pages on the left, scope above, status below. */
export function App() {
  const route = useRoute();
  const [help, setHelp] = useState(false);
  useKeyboard();
  useEffect(() => {
    document.title = `${PAGES[route].name} – OmniGuard`;
  }, [route]);
  const commands = useMemo<readonly Command[]>(
    () => [
      { id: 'app.help', enabled: true, run: () => setHelp(true) },
      {
        id: 'app.theme',
        enabled: true,
        run: () => settings.setState(({ theme }) => ({ theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system' })),
      },
      ...ROUTES.map((target): Command => ({ id: `app.${target}`, enabled: true, run: () => goTo(target) })),
    ],
    [],
  );
  useCommands(commands);
  const { Page, Bar } = PAGES[route];
  return (
    <CSPProvider disableStyleElements>
      <div className={styles['shell']}>
        <Rail route={route} onHelp={() => setHelp(true)} />
        {Bar === undefined ? null : (
          <header className={styles['top']}>
            <Bar />
          </header>
        )}
        <main className={styles['main']}>
          <ConnectionNotice />
          <Page />
        </main>
        <StatusBar />
      </div>
      <HelpSheet route={route} open={help} onOpenChange={setHelp} />
    </CSPProvider>
  );
}

function goTo(route: Route): void {
  window.location.hash = `#/${route}`;
}
