import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { ModelId } from '../../contract/ids.ts';
import { defaultDataDir } from '../loopback/dataDir.ts';
import { runLoopbackHost } from '../loopback/runLoopbackHost.ts';
import { integer, modelId } from '../options.ts';
import { ensureBuilt } from '../rendererBuild.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface ServeArguments {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly embedder?: ModelId;
}

export function register(parent: Command): void {
  parent
    .command('serve')
    .description('Serves the interface on this machine, for a browser.')
    .option('--port <n>', 'port; 0 takes a free one', integer(0, 65_535), 8_000)
    .option('--host <address>', 'address to listen on; any but this machine demands OMNIGUARD_TOKEN', '127.0.0.1')
    .option('--data <directory>', 'folder for episodes (OMNIGUARD_DATA)', defaultDataDir())
    .option('--embedder <id>', 'model embedder of the semantic critic instead of hashed n-grams', modelId)
    .action(run);
}

async function run({ port, host, data, embedder }: ServeArguments): Promise<void> {
  await ensureBuilt(ROOT);
  await runLoopbackHost({ port, host, dataDir: data, criticEmbedder: embedder });
}
