import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startMeasured, type MeasuredProcess } from './measuredProcess.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BENCH = join(ROOT, 'training', 'bench');
const INSTALL_MS = 300_000;
const run = promisify(execFile);

/** Python or the packages of the peer cannot be had; `message` says what to do. */
export class PythonMissingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PythonMissingError';
  }
}

/**
 * The interpreter of a virtual environment with the peer's packages; made when it is first needed, in a folder of the
 * project's cache that is named after what it holds.
 * @throws PythonMissingError
 */
export async function echoPython(cacheDir: string = join(ROOT, 'node_modules', '.cache', 'omniguard-bench')): Promise<string> {
  const requirements = join(BENCH, 'requirements.txt');
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const home = join(cacheDir, `python-${digest}`);
  const interpreter = join(home, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  if (await exists(interpreter)) return interpreter;
  const system = process.platform === 'win32' ? 'python' : 'python3';
  await run(system, ['--version']).catch((cause: unknown) => {
    throw new PythonMissingError(`The peer of this benchmark needs Python 3.11 or newer; "${system}" was not found.`, { cause });
  });
  await mkdir(cacheDir, { recursive: true });
  try {
    // A half-made environment must never be found the next time. The interpreter is called by its path, so it may move.
    const draft = `${home}-draft`;
    await rm(draft, { recursive: true, force: true });
    await run(system, ['-m', 'venv', draft], { timeout: INSTALL_MS });
    const python = interpreter.replace(home, draft);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], { timeout: INSTALL_MS });
    await rename(draft, home);
  } catch (cause) {
    throw new PythonMissingError(
      'The packages of the peer could not be installed; they are listed in training/bench/requirements.txt and come from the Python package index.',
      { cause },
    );
  }
  return interpreter;
}

/** `minimal`: a reply that holds only what came in. Else a file with a reply of our size, see training/bench/echo_server.py. */
export function startEcho(python: string, reply: 'minimal' | { readonly observationFile: string }): Promise<MeasuredProcess> {
  const environment: Record<string, string> =
    reply === 'minimal' ? { ECHO_REPLY: 'minimal' } : { ECHO_REPLY: 'full', ECHO_OBSERVATION: reply.observationFile };
  return startMeasured(python, [join(BENCH, 'echo_server.py')], environment);
}

/** The OpenEnv package's own server with an echo environment, see training/bench/openenv_echo_server.py. */
export function startOpenEnvEcho(python: string): Promise<MeasuredProcess> {
  return startMeasured(python, [join(BENCH, 'openenv_echo_server.py')]);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
