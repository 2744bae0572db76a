import { startLoopbackHost, type LoopbackHost, type LoopbackHostOptions } from './startLoopbackHost.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Starts the loopback host, prints its address on one line, and serves until Ctrl-C or SIGTERM; a second signal ends
 * the process at once. OMNIGUARD_TOKEN and OMNIGUARD_MODELS (another models directory) are read from the environment.
 * @param onReady is called once the host answers; what it throws ends the host
 */
export async function runLoopbackHost(options: LoopbackHostOptions, onReady?: (host: LoopbackHost) => void | Promise<void>): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const name of SIGNALS) process.once(name, () => resolve());
  });
  const host = await startLoopbackHost({ token: setting('OMNIGUARD_TOKEN'), modelsDir: setting('OMNIGUARD_MODELS'), ...options });
  try {
    process.stdout.write(`OmniGuard is ready: ${host.url}\n`);
    await onReady?.(host);
    await stopped;
  } finally {
    await host.close();
  }
}

function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}
