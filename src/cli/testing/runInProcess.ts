import { Command, CommanderError } from 'commander';
import { CliError } from '../cliError.ts';

/** How a command refused, as the entry point would report it. */
export interface Refusal {
  readonly exitCode: number;
  readonly message: string;
}

/**
 * Runs a command that is expected to refuse its arguments or input, in this process: faster than a process of its own.
 *
 * @throws what the command throws that is no refusal, or Error when it accepts.
 */
export async function refusalOf(register: (parent: Command) => void, ...args: readonly string[]): Promise<Refusal> {
  const program = new Command('omniguard').exitOverride().configureOutput({ writeErr: () => undefined });
  register(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CliError) return { exitCode: error.exitCode, message: error.message };
    if (error instanceof CommanderError) return { exitCode: 2, message: error.message };
    throw error;
  }
  throw new Error(`accepted: ${args.join(' ')}`);
}
