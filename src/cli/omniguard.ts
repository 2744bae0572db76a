import { Command, CommanderError } from 'commander';
import { CliError } from './cliError.ts';

/** Entry of every `npm run` command: each command's own file is loaded only when it runs. */
const program = new Command('omniguard').description('OmniGuard without a window.').exitOverride().showHelpAfterError();

const commands: readonly { readonly name: string; readonly load: () => Promise<{ register: (parent: Command) => void }> }[] = [
  { name: 'serve', load: () => import('./commands/serve.ts') },
  { name: 'soak', load: () => import('./commands/soak.ts') },
  { name: 'compare', load: () => import('./commands/compare.ts') },
  { name: 'eval', load: () => import('./commands/eval.ts') },
  { name: 'bench', load: () => import('./commands/bench.ts') },
  { name: 'models', load: () => import('./commands/models.ts') },
  { name: 'dataset', load: () => import('./commands/dataset.ts') },
  { name: 'export', load: () => import('./commands/export.ts') },
  { name: 'corpus', load: () => import('./commands/corpus.ts') },
];

async function main(): Promise<number> {
  const wanted = process.argv[2];
  for (const command of commands) {
    if (wanted === undefined || wanted === 'help' || wanted.startsWith('-') || wanted === command.name)
      (await command.load()).register(program);
  }
  try {
    await program.parseAsync(process.argv);
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof CliError) {
      process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

// A reader that has seen enough (`… | head`) closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await main();
