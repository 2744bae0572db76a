import { CliError } from './cliError.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that ends cleanly on Ctrl-C or SIGTERM: the first one aborts the signal, a second ends the process at once.
 *
 * @param message what the interruption left behind, one sentence
 * @throws CliError with exit code 1 when it was interrupted, else what the work throws.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  message = 'Interrupted; nothing was written.',
): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  for (const name of SIGNALS) process.once(name, interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw new CliError(message, 1, { cause: error });
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}
