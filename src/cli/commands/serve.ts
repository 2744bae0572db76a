import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { SERVER_MODES, type ServerMode } from '../../contract/environmentServer.ts';
import type { ModelId } from '../../contract/ids.ts';
import { CliError } from '../cliError.ts';
import { defaultDataDir } from '../loopback/dataDir.ts';
import { runLoopbackHost } from '../loopback/runLoopbackHost.ts';
import { integer, modelId, oneOf } from '../options.ts';
import { ensureBuilt } from '../rendererBuild.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface ServeArguments {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly embedder?: ModelId;
  readonly mode?: ServerMode;
  readonly envs?: number;
  readonly capacity?: number;
  readonly workers?: number;
}

export function register(parent: Command): void {
  parent
    .command('serve')
    .description('Serves the environments (OpenEnv, MCP, vector API) and the interface on one port, without a window.')
    .option('--port <n>', 'port; 0 takes a free one', integer(0, 65_535), 8_000)
    .option('--host <address>', 'address to listen on; any but this machine demands OMNIGUARD_TOKEN', '127.0.0.1')
    .option('--data <directory>', 'folder for episodes (OMNIGUARD_DATA)', defaultDataDir())
    .option('--embedder <id>', 'model embedder of the semantic critic instead of hashed n-grams', modelId)
    .option('--mode <mode>', 'simulation or production, where agents cannot reset (OPENENV_MODE)', oneOf(SERVER_MODES))
    .option('--envs <n>', 'environments of the vector API, 32 unless told', integer(1, 4_096))
    .option('--capacity <n>', 'most sessions at once, 64 unless told', integer(1, 4_096))
    .option('--workers <n>', 'threads that play; one per core but one unless told', integer(1, 256))
    .action(run);
}

async function run({ port, host, data, embedder, mode, envs, capacity, workers }: ServeArguments): Promise<void> {
  const environments = {
    mode: mode ?? modeOf(process.env['OPENENV_MODE']),
    vectorEnvironments: envs,
    capacity,
    workers,
    webInterface: WEB_INTERFACE_ON.has((process.env['ENABLE_WEB_INTERFACE'] ?? '').toLowerCase()),
  };
  await ensureBuilt(ROOT);
  await runLoopbackHost({ port, host, dataDir: data, criticEmbedder: embedder, environments });
}

const WEB_INTERFACE_ON: ReadonlySet<string> = new Set(['true', '1', 'yes']);

/** @throws CliError with exit code 2 for a word that is no mode */
function modeOf(word: string | undefined): ServerMode {
  if (word === undefined || word === '') return 'simulation';
  const mode = SERVER_MODES.find((candidate) => candidate === word.toLowerCase());
  if (mode === undefined) throw new CliError(`OPENENV_MODE must be one of ${SERVER_MODES.join(', ')}.`, 2);
  return mode;
}
