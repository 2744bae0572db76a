import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { EnvironmentReply } from '../environments/reply.ts';
import { isJsonObject, parseJson } from '../wire/parseJson.ts';
import { jsonIssue, type ValidationIssue } from '../wire/validationErrors.ts';
import type { JsonObject, JsonValue } from '../../../contract/json.ts';

/** Largest body: some hundred actions with rationales, or an MCP message to inspect. */
export const MOST_BODY_BYTES = 16 * 1024 * 1024;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends JSON text as it is. */
export function sendJson(reply: FastifyReply, status: number, json: string | Uint8Array): FastifyReply {
  return reply.code(status).type(JSON_TYPE).send(json);
}

export function sendDetail(reply: FastifyReply, status: number, detail: string | readonly ValidationIssue[]): FastifyReply {
  return sendJson(reply, status, JSON.stringify({ detail }));
}

/** What an environment answered; its failures are the server's. */
export function sendEnvironmentReply(reply: FastifyReply, answer: EnvironmentReply): FastifyReply {
  return answer.ok ? sendJson(reply, 200, answer.json) : sendDetail(reply, 500, answer.message);
}

/**
 * Bodies reach the handlers as text, whatever content type they claim or lack: clients of this protocol are careless
 * about it, and broken JSON is answered differently by each route.
 */
export function takeBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MOST_BODY_BYTES }, (_request, body, done) => done(null, body));
}

export type ReadBody =
  | { readonly ok: true; readonly value: JsonValue | undefined }
  | { readonly ok: false; readonly issue: ValidationIssue; readonly problem: string };

/** The body as JSON; undefined when there is none. */
export function readBody({ body }: FastifyRequest): ReadBody {
  if (typeof body !== 'string' || body.trim() === '') return { ok: true, value: undefined };
  const json = parseJson(body);
  return json.ok ? json : { ok: false, issue: jsonIssue(json.problem, ['body']), problem: json.problem };
}

export type ReadObject = { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly issue: ValidationIssue };

/** The body as an object. @param empty what no body and `null` stand for; absent: they are an error */
export function readObject(request: FastifyRequest, empty?: JsonObject): ReadObject {
  const body = readBody(request);
  if (!body.ok) return body;
  const value = body.value ?? empty;
  if (value === undefined) return { ok: false, issue: { type: 'missing', loc: ['body'], msg: 'Field required', input: null } };
  if (isJsonObject(value)) return { ok: true, value };
  return { ok: false, issue: { type: 'model_type', loc: ['body'], msg: 'Input should be a valid dictionary', input: null } };
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Answers every other method on a known path with 405. */
export function refuseOtherMethods(app: FastifyInstance, url: string, allowed: readonly HTTPMethods[]): void {
  const allow = allowed.join(', ');
  app.route({
    url,
    method: METHODS.filter((method) => !allowed.includes(method)),
    exposeHeadRoute: false,
    handler: async (_request, reply) => sendDetail(reply.header('allow', allow), 405, 'Method Not Allowed'),
  });
}
