import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SPLITS, type Split } from '../../../contract/episodes.ts';
import { splitNamed, taskAt, TASKS_PER_SPLIT } from '../environments/tasks.ts';
import { validationIssues } from '../wire/validationErrors.ts';
import { ENVIRONMENT_NAME } from './describe.ts';
import { readObject, refuseOtherMethods, sendDetail, sendJson } from './replies.ts';

/** What the Task API calls each split. */
const TYPES: { readonly [S in Split]: 'train' | 'validation' | 'test' } = { train: 'train', dev: 'validation', test: 'test' };

export const splitBody = z.looseObject({ split: z.string() });
export const taskBody = z.looseObject({ split: z.string(), index: z.int() });
export const rangeBody = z.looseObject({ split: z.string(), start: z.int().nullish(), stop: z.int().nullish() });

/** The Task API: which tasks there are. Nothing begins by asking; `reset(split=…, index=…)` selects one. */
export function taskRoutes(app: FastifyInstance): void {
  app.get('/list_environments', { exposeHeadRoute: false }, async (_request, reply) =>
    sendJson(reply, 200, JSON.stringify([ENVIRONMENT_NAME])),
  );
  refuseOtherMethods(app, '/list_environments', ['GET']);

  app.get('/:env/splits', { exposeHeadRoute: false }, async (request, reply) =>
    isOurs(request) ? sendJson(reply, 200, JSON.stringify(SPLITS.map((name) => ({ name, type: TYPES[name] })))) : unknownEnvironment(reply),
  );
  refuseOtherMethods(app, '/:env/splits', ['GET']);

  const post = <B extends { readonly split: string }>(
    name: string,
    schema: z.ZodType<B>,
    answer: (split: Split, body: B) => object | null,
  ): void => {
    app.post(`/:env/${name}`, async (request, reply) => {
      if (!isOurs(request)) return unknownEnvironment(reply);
      const body = readObject(request);
      if (!body.ok) return sendDetail(reply, 422, [body.issue]);
      const parsed = schema.safeParse(body.value);
      if (!parsed.success) return sendDetail(reply, 422, validationIssues(parsed.error, body.value, ['body']));
      const split = splitNamed(parsed.data.split);
      if (split === null) return sendDetail(reply, 400, `Unknown split: ${parsed.data.split.slice(0, 64)}`);
      const found = answer(split, parsed.data);
      return found === null ? sendDetail(reply, 400, 'Invalid task index') : sendJson(reply, 200, JSON.stringify(found));
    });
    refuseOtherMethods(app, `/:env/${name}`, ['POST']);
  };

  post('tasks', splitBody, (split) => ({ tasks: tasksIn(split, 0, TASKS_PER_SPLIT), env_name: ENVIRONMENT_NAME }));
  post('num_tasks', splitBody, () => ({ num_tasks: TASKS_PER_SPLIT }));
  post('task', taskBody, (split, { index }) => (isIndex(index) ? { task: taskAt(split, index) } : null));
  post('task_range', rangeBody, (split, { start, stop }) => {
    const [from, to] = [start ?? 0, stop ?? TASKS_PER_SPLIT];
    return from >= 0 && to >= from && to <= TASKS_PER_SPLIT ? { tasks: tasksIn(split, from, to) } : null;
  });
}

function isIndex(index: number): boolean {
  return index >= 0 && index < TASKS_PER_SPLIT;
}

function tasksIn(split: Split, from: number, to: number): object[] {
  return Array.from({ length: to - from }, (_, offset) => taskAt(split, from + offset));
}

function isOurs({ params }: FastifyRequest): boolean {
  const { env } = params as { readonly env: string };
  return env.toLowerCase() === ENVIRONMENT_NAME;
}

function unknownEnvironment(reply: FastifyReply): FastifyReply {
  return sendDetail(reply, 404, 'Environment not found');
}
