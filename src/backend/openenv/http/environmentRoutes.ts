import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { jsonObjectSchema } from '../../../contract/schemas.ts';
import type { HandleCall } from '../environments/environmentPool.ts';
import type { EnvironmentReply } from '../environments/reply.ts';
import type { ToolCalls } from '../mcp/toolCalls.ts';
import { toolObservation } from '../mcp/toolObservations.ts';
import type { EnvironmentServices } from '../server/services.ts';
import { freshEpisode, readLenientReset } from '../wire/resetInput.ts';
import { readStepInput } from '../wire/stepInput.ts';
import { validationIssues } from '../wire/validationErrors.ts';
import { readObject, refuseOtherMethods, sendDetail, sendEnvironmentReply, sendJson } from './replies.ts';

export const stepBodySchema = z.looseObject({
  action: jsonObjectSchema,
  timeout_s: z.number().gt(0).nullish(),
  request_id: z.string().max(255).nullish(),
});

/** Longest that a step over HTTP may be asked to take, milliseconds; the pool gives up before. */
const MOST_TIMEOUT_MS = 60_000;

/**
 * POST /reset, POST /step and GET /state of the simulation mode. Each works on an environment of its own, which ends with
 * the request: a step never sees an earlier reset, and none of them takes a slot. Bodies with `items` or `actions`
 * belong to the vector API.
 */
export function environmentRoutes(app: FastifyInstance, services: EnvironmentServices, tools: ToolCalls): void {
  const { vector, telemetry } = services;

  app.post('/reset', async (request, reply) => {
    const body = readObject(request, {});
    if (!body.ok) return sendDetail(reply, 422, [body.issue]);
    if (vector !== null && Object.hasOwn(body.value, 'items')) {
      const { status, json } = await vector.reset(body.value);
      return sendJson(reply, status, json);
    }
    const read = readLenientReset(body.value);
    if (!read.ok) {
      const errors = read.errors.map((issue) => ({ ...issue, loc: ['body', ...issue.loc] }));
      return sendDetail(reply, 422, errors);
    }
    const call: HandleCall = { type: 'reset', start: freshEpisode(read.args), ignored: read.ignored };
    return sendEnvironmentReply(reply, await alone(services, call));
  });

  app.post('/step', async (request, reply) => {
    const body = readObject(request);
    if (!body.ok) return sendDetail(reply, 422, [body.issue]);
    if (vector !== null && Object.hasOwn(body.value, 'actions')) {
      const { status, json } = await vector.step(body.value);
      return sendJson(reply, status, json);
    }
    return step(reply, body.value);
  });

  async function step(reply: FastifyReply, body: object): Promise<FastifyReply> {
    const parsed = stepBodySchema.safeParse(body);
    if (!parsed.success) return sendDetail(reply, 422, validationIssues(parsed.error, body, ['body']));
    const { action, timeout_s } = parsed.data;
    const read = readStepInput(action);
    if (!read.ok) return sendDetail(reply, 422, read.errors);
    if (read.input.kind !== 'decision') return sendJson(reply, 200, await toolObservation(read.input, null, tools));
    const answer = await within(timeout_s ?? null, alone(services, { type: 'step', action: read.input.action }));
    if (answer === null) return sendDetail(reply, 504, 'The step did not end within timeout_s.');
    if (answer.ok && answer.facts !== null) telemetry.steps([answer.facts]);
    return sendEnvironmentReply(reply, answer);
  }

  app.get('/state', { exposeHeadRoute: false }, async (_request, reply) =>
    sendEnvironmentReply(reply, await alone(services, { type: 'state' })),
  );

  refuseOtherMethods(app, '/reset', ['POST']);
  refuseOtherMethods(app, '/step', ['POST']);
  refuseOtherMethods(app, '/state', ['GET']);
}

/** One call on an environment that lives no longer. */
async function alone({ pool }: EnvironmentServices, call: HandleCall): Promise<EnvironmentReply> {
  const handle = pool.open();
  try {
    return await pool.call(handle, call);
  } finally {
    pool.release(handle);
  }
}

async function within(seconds: number | null, reply: Promise<EnvironmentReply>): Promise<EnvironmentReply | null> {
  if (seconds === null) return reply;
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), Math.min(seconds * 1_000, MOST_TIMEOUT_MS));
  try {
    return await Promise.race([reply, promise]);
  } finally {
    clearTimeout(timer);
  }
}
