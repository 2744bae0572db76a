import { classes } from '../lib/classes.ts';
import { Icon, type IconName } from '../widgets/Icon.tsx';
import { useKeyTitle } from './keys/useKeys.ts';
import { PAGES } from './pages.ts';
import { settings, THEMES, useSettings, type ThemeChoice } from './settings.ts';
import { ROUTES, type Route } from './useRoute.ts';
import styles from './Rail.module.css';

const THEME_ICONS: { readonly [T in ThemeChoice]: IconName } = { system: 'system', dark: 'moon', light: 'sun' };

function nextTheme(theme: ThemeChoice): ThemeChoice {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
}

/** Pages at the top, theme and help at the bottom. */
export function Rail({ route, onHelp }: { readonly route: Route; readonly onHelp: () => void }) {
  const helpTitle = useKeyTitle('Keys and help', 'app.help');
  const theme = useSettings((state) => state.theme);
  return (
    <nav className={styles['rail']} aria-label="Pages">
      <ul>
        {ROUTES.map((target) => (
          <li key={target}>
            <a href={`#/${target}`} className={styles['item']} aria-current={target === route ? 'page' : undefined}>
              <Icon name={PAGES[target].icon} size={18} />
              {PAGES[target].name}
            </a>
          </li>
        ))}
      </ul>
      <div className={styles['foot']}>
        <button
          type="button"
          className={classes(styles['item'])}
          data-testid="theme"
          aria-label={`Theme: ${theme}. Change to ${nextTheme(theme)}.`}
          title={`Theme: ${theme}`}
          onClick={() => settings.setState({ theme: nextTheme(theme) })}
        >
          <Icon name={THEME_ICONS[theme]} size={18} />
          <span className={styles['capital']}>{theme}</span>
        </button>
        <button type="button" className={styles['item']} data-testid="help" title={helpTitle} onClick={onHelp}>
          <Icon name="help" size={18} />
          Help
        </button>
      </div>
    </nav>
  );
}
