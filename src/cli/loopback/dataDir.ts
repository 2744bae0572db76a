import { homedir } from 'node:os';
import { join } from 'node:path';

const NAME = 'omniguard';

/**
 * Where episodes are kept unless `--data` says otherwise: OMNIGUARD_DATA, else the platform's folder for a user's
 * application data.
 */
export function defaultDataDir(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const chosen = environment['OMNIGUARD_DATA'];
  if (chosen !== undefined && chosen !== '') return chosen;
  switch (platform) {
    case 'win32':
      return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), NAME);
    case 'darwin':
      return join(home, 'Library', 'Application Support', NAME);
    default:
      return join(absolute(environment['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), NAME);
  }
}

/** The XDG specification has relative paths ignored. */
function absolute(path: string | undefined): string | null {
  return path?.startsWith('/') === true ? path : null;
}
