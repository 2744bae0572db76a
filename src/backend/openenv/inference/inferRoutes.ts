import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { ModelEntry } from '../../../contract/models.ts';
import type { Observation } from '../../../contract/observation.ts';
import { observeMessage } from '../../../engine/environment/observeMessage.ts';
import { InferenceError, type InferenceProblem } from '../../inference/inferenceError.ts';
import { readObject, refuseOtherMethods, sendDetail, sendJson, takeBodiesAsText } from '../http/replies.ts';
import type { EnvironmentServices, RouteGroup } from '../server/services.ts';
import { Refusal } from '../vector/refusal.ts';
import type { VectorEnvironments } from '../vector/vectorEnvironments.ts';
import { validationIssues } from '../wire/validationErrors.ts';
import { wireObservationSchema } from '../wire/observation.ts';
import { ModelLoadingError, QueueFullError, type DecisionService } from './decisionService.ts';
import { inferReply, inferRequestSchema, type InferRequest } from './wire.ts';

export interface InferRoutesParts {
  readonly decisions: DecisionService;
  /** Null where the server has none. Asked for each request. */
  readonly vector: () => VectorEnvironments | null;
  /** A decision that takes longer is given up, milliseconds; clients wait 60 s. Default 30,000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const RETRY_AFTER_SECONDS = '1';

/** POST /api/infer: one decision of a local model. */
export function inferRoutes({ decisions, vector, timeoutMs = TIMEOUT_MS }: InferRoutesParts): RouteGroup {
  return (app, services) => {
    takeBodiesAsText(app);
    app.post('/api/infer', async (request, reply) => {
      const body = readObject(request);
      if (!body.ok) return sendDetail(reply, 422, [body.issue]);
      const parsed = inferRequestSchema.safeParse(body.value);
      if (!parsed.success) return sendDetail(reply, 422, validationIssues(parsed.error, body.value, ['body'], FIELDS));
      const entry = findModel(decisions, parsed.data.model);
      if (entry instanceof Refusal) return send(reply, entry);
      const observation = await observationFor(parsed.data, services, vector());
      if (observation instanceof Refusal) return send(reply, observation);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)]);
      const { cost_preset: costPreset } = parsed.data;
      try {
        const preset = costPreset === null || costPreset === undefined ? {} : { costPreset };
        const decision = await decisions.decide(entry, observation, { signal, ...preset });
        return sendJson(reply, 200, JSON.stringify(inferReply(entry, decision)));
      } catch (error) {
        return send(reply, refusalFor(error, entry, signal));
      }
    });
    refuseOtherMethods(app, '/api/infer', ['POST']);
  };
}

const FIELDS = Object.keys(inferRequestSchema.shape);

function send(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  const { status, json } = refusal.reply();
  return sendJson(reply, status, json);
}

function findModel(decisions: DecisionService, name: string): ModelEntry | Refusal {
  try {
    return decisions.entry(name);
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    return modelRefusal(404, 'model_unknown', `${error.message} Known are baseline, trained and the ids of the registry.`, name);
  }
}

function modelRefusal(status: number, type: string, msg: string, input: string): Refusal {
  return new Refusal(status, [{ type, loc: ['body', 'model'], msg, input }]);
}

const STATUS_OF: { readonly [P in InferenceProblem]: number } = {
  missing: 404,
  damaged: 409,
  incompatible: 422,
  runtime: 503,
  disposed: 503,
};

function refusalFor(error: unknown, { id }: ModelEntry, signal: AbortSignal): Refusal {
  if (error instanceof QueueFullError || error instanceof ModelLoadingError) return new Refusal(503, error.message);
  if (error instanceof InferenceError) return modelRefusal(STATUS_OF[error.problem], `model_${error.problem}`, error.message, id);
  if (signal.aborted) return new Refusal(504, 'The decision did not end in time.');
  throw error;
}

async function observationFor(
  { message, observation_of }: InferRequest,
  { pool }: EnvironmentServices,
  vector: VectorEnvironments | null,
): Promise<Observation | Refusal> {
  if ((message === undefined) === (observation_of === undefined)) {
    const msg = 'Give either message or observation_of, and not both.';
    return new Refusal(422, [
      { type: 'value_error', loc: ['body', message === undefined ? 'message' : 'observation_of'], msg, input: null },
    ]);
  }
  if (message !== undefined) return observeMessage(message);
  const id = observation_of?.env_id ?? 0;
  const refuse = (status: number, type: string, msg: string): Refusal =>
    new Refusal(status, [{ type, loc: ['body', 'observation_of', 'env_id'], msg, input: id }]);
  const handle = vector?.playing(id) ?? 'unknown';
  if (handle === 'unknown') return refuse(422, 'env_id_unknown', `There is no environment ${id}.`);
  if (typeof handle === 'string') return refuse(409, 'environment_not_ready', `Environment ${id} shows no message now; reset it first.`);
  const reply = await pool.call(handle, { type: 'observation' });
  if (!reply.ok) return refuse(409, 'environment_not_ready', reply.message);
  const shown = shownSchema.parse(JSON.parse(reply.json));
  // The episode may have ended between the look and the call.
  if (shown?.message === undefined || shown.message === null)
    return refuse(409, 'environment_not_ready', `Environment ${id} shows no message now; reset it first.`);
  return observeMessage(shown.message, { budgetLeft: shown.budget_left, memory: shown.memory, phase: shown.phase });
}

/** The parts of an observation from which the rest follows. */
const shownSchema = z.object(wireObservationSchema.pick({ message: true, budget_left: true, memory: true, phase: true }).shape).nullable();
