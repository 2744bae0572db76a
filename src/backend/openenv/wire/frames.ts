import { z } from 'zod';
import { jsonObjectSchema } from '../../../contract/schemas.ts';
import { isJsonObject, parseJson } from './parseJson.ts';
import { validationIssues, type ValidationIssue } from './validationErrors.ts';

export const ERROR_CODES = [
  'INVALID_JSON',
  'UNKNOWN_TYPE',
  'VALIDATION_ERROR',
  'EXECUTION_ERROR',
  'CAPACITY_REACHED',
  'FACTORY_ERROR',
  'SESSION_ERROR',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

const FRAMES = {
  reset: z.strictObject({ type: z.literal('reset'), data: jsonObjectSchema.default({}) }),
  step: z.strictObject({ type: z.literal('step'), data: jsonObjectSchema }),
  state: z.strictObject({ type: z.literal('state') }),
  mcp: z.strictObject({ type: z.literal('mcp'), data: jsonObjectSchema }),
  close: z.strictObject({ type: z.literal('close') }),
} as const;

/** What a client may send over `/ws`. */
export type ClientFrame = { readonly [T in keyof typeof FRAMES]: z.infer<(typeof FRAMES)[T]> }[keyof typeof FRAMES];
export type FrameType = ClientFrame['type'];

export interface FrameProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly errors?: readonly ValidationIssue[];
}

export type ReadFrame = { readonly ok: true; readonly frame: ClientFrame } | { readonly ok: false; readonly problem: FrameProblem };

/** Reads one frame of text; whatever it is, the session goes on. */
export function readFrame(text: string): ReadFrame {
  const json = parseJson(text);
  if (!json.ok) return { ok: false, problem: { code: 'INVALID_JSON', message: `Invalid JSON: ${json.problem}` } };
  if (!isJsonObject(json.value)) {
    const errors: readonly ValidationIssue[] = [{ type: 'model_type', loc: [], msg: 'Input should be a valid dictionary', input: null }];
    return { ok: false, problem: invalidMessage(errors) };
  }
  const { type } = json.value;
  if (!isFrameType(type)) return { ok: false, problem: { code: 'UNKNOWN_TYPE', message: `Unknown message type: ${shown(type)}` } };
  const parsed = FRAMES[type].safeParse(json.value);
  return parsed.success
    ? { ok: true, frame: parsed.data }
    : { ok: false, problem: invalidMessage(validationIssues(parsed.error, json.value)) };
}

export function invalidMessage(errors: readonly ValidationIssue[]): FrameProblem {
  return { code: 'VALIDATION_ERROR', message: 'Invalid message', errors };
}

/** @param problem its other fields go beside code and message */
export function errorFrame<P extends { readonly code: ErrorCode; readonly message: string }>({ code, message, ...extra }: P): string {
  return JSON.stringify({ type: 'error', data: { message, code, ...extra } });
}

/** @param json the envelope, already text */
export function observationFrame(json: string): string {
  return `{"type":"observation","data":${json}}`;
}

export function stateFrame(json: string): string {
  return `{"type":"state","data":${json}}`;
}

export function mcpFrame(json: string): string {
  return `{"type":"mcp","data":${json}}`;
}

function isFrameType(type: unknown): type is FrameType {
  return typeof type === 'string' && Object.hasOwn(FRAMES, type);
}

function shown(type: unknown): string {
  if (type === undefined) return 'None';
  return typeof type === 'string' ? type.slice(0, 64) : typeof type;
}
