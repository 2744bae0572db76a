import type { ServerMode } from '../../contract/environmentServer.ts';
import type { InferenceService } from '../inference/inferenceService.ts';
import { docsRoutes } from './docs/docsRoutes.ts';
import { createEnvironmentPool } from './environments/environmentPool.ts';
import type { RunningServer } from './environmentServerService.ts';
import { DecisionService } from './inference/decisionService.ts';
import { inferRoutes } from './inference/inferRoutes.ts';
import type { ServerAccess } from './server/access.ts';
import { createEnvironmentApp } from './server/environmentApp.ts';
import { createEnvironmentServer } from './server/environmentServer.ts';
import type { RouteGroup } from './server/services.ts';
import { LOOPBACK_RATE, limitRates, NETWORK_RATE } from './telemetry/rateLimit.ts';
import { logRequests, type RequestLogger } from './telemetry/requestLog.ts';
import { MeteredTelemetry } from './telemetry/serverTelemetry.ts';
import { VectorEnvironments } from './vector/vectorEnvironments.ts';
import { vectorRoutes } from './vector/vectorRoutes.ts';

/** What a host decides about the environments. */
export interface EnvironmentLimits {
  /** Module that runs in each worker: `environmentWorker.ts` or its build. */
  readonly workerUrl: URL;
  /** Default: one per core but the one that serves. */
  readonly workers?: number;
  /** Most sessions at once. Default 64. */
  readonly capacity?: number;
  /** Environments of the vector API. Default 32. */
  readonly vectorEnvironments?: number;
  /** Serves `/web/` for people; absent or null: it is not there. */
  readonly webInterface?: { readonly pageDir: string } | null;
  /** Text that GET /metadata shows as the README. */
  readonly readme?: string;
}

export interface BuildOptions extends EnvironmentLimits {
  readonly corpusDir: string;
  readonly access: ServerAccess;
  /** Where the models of /api/infer come from. */
  readonly inference: Pick<InferenceService, 'registry' | 'loadDefender'>;
  readonly logger: RequestLogger & { error(details: object, message: string): void };
}

/** The whole environment server, not listening yet. @throws EnvironmentPoolError when no worker can start */
export async function buildServer(options: BuildOptions, mode: ServerMode): Promise<RunningServer> {
  const { access, logger } = options;
  const pool = await createEnvironmentPool({
    workerUrl: options.workerUrl,
    corpusDir: options.corpusDir,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    onWorkerLost: (worker, error) => logger.error({ err: error, worker }, 'an environment worker ended'),
  });
  try {
    const telemetry = new MeteredTelemetry();
    const { inference } = options;
    const decisions = new DecisionService({ inference });
    const inferenceQueue = (): number => decisions.depth;
    let vector: VectorEnvironments | null = null;
    let closing = false;
    const routeGroups: RouteGroup[] = [
      vectorRoutes({ vector: () => vector, registry: telemetry.registry, inferenceQueue, isClosing: () => closing }),
      inferRoutes({ decisions, vector: () => vector }),
      docsRoutes({ inference: true }),
    ];
    const { vectorEnvironments, capacity, readme } = options;
    const size = vectorEnvironments === undefined ? {} : { environments: vectorEnvironments };
    const server = createEnvironmentServer({
      pool,
      mode,
      access,
      telemetry,
      // Who serves agents must not let them reset anything.
      ...(mode === 'production' ? {} : { createVector: () => (vector = new VectorEnvironments({ pool, telemetry, ...size })) }),
      routeGroups,
      guards: [limitRates(access.token === null ? LOOPBACK_RATE : NETWORK_RATE), logRequests(logger)],
      inferenceQueue,
      webInterface: options.webInterface ?? null,
      ...(capacity === undefined ? {} : { capacity }),
      ...(readme === undefined ? {} : { readme }),
      onUnexpected: (error) => logger.error({ err: error }, 'a request to the environment server failed'),
    });
    const app = await createEnvironmentApp(server, access);
    const close = async (): Promise<void> => {
      closing = true;
      await app.close();
      await decisions.close();
      await pool.close();
    };
    return { server, app, close };
  } catch (error) {
    await pool.close();
    throw error;
  }
}
