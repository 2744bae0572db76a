import { z } from 'zod';
import { capabilitySchema, jsonObjectSchema, jsonValueSchema, splitSchema, transportSchema } from '../../contract/schemas.ts';
import type { AttackData, BenignData, ParamsData, ServerData } from '../../engine/corpus/data.ts';

/** Zod views of the corpus files; the format is told in `resources/corpus/README.md`. */

const lines = z.array(z.string().min(1)).min(1);
const needs = z.array(capabilitySchema);
const params: z.ZodType<ParamsData> = z.lazy(() => z.record(z.string(), z.union([z.string(), params])));
const role = z.enum(['path', 'url', 'host', 'command', 'to', 'text', 'sql', 'query']);

export const lexiconSchema = z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), lines);

const launch = z.strictObject({ command: z.string().min(1), args: z.array(z.string()), env: z.record(z.string(), z.string()).optional() });
const document = z.strictObject({ uri: z.string().min(1), mime: z.string().min(1), text: lines });
const task = z.strictObject({ ask: lines, args: jsonObjectSchema, result: jsonValueSchema.optional() });
const tool = z.strictObject({
  name: z.string().regex(/^[A-Za-z][\w.-]{0,63}$/),
  about: lines,
  more: lines.optional(),
  returns: z.string().optional(),
  params: params.refine((value) => Object.keys(value).length > 0, 'a tool needs at least one parameter'),
  needs,
  tasks: z.array(task).min(1),
  result: jsonValueSchema,
});
const server = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  split: splitSchema,
  transports: z.array(transportSchema).min(1),
  about: z.string().min(1),
  launch,
  slots: lexiconSchema.optional(),
  tools: z.array(tool).min(2),
  resources: z.array(document).optional(),
});

/** One file of `servers/`: all servers of a domain. */
export const domainSchema = z
  .strictObject({ domain: z.string().min(1), servers: z.array(server).min(1) })
  .transform(({ domain, servers }): ServerData[] => servers.map((entry) => ({ ...entry, domain })));

const bySplit = <T extends z.ZodType>(item: T) =>
  z.strictObject({ train: z.array(item).min(1), dev: z.array(item).min(1), test: z.array(item).min(1) });

const goal = z.strictObject({ needs, text: lines });
const callValues = z.strictObject({ role, values: lines, ask: lines.optional(), needs: needs.optional() });
const toolChange = z.strictObject({ needs, note: z.array(z.string()), params: params.optional() });
const sampling = z.strictObject({ vector: z.string().min(1), needs, text: lines, system: lines.optional() });
const loneTool = z.strictObject({ needs, name: z.string().min(1), description: lines, params });
const launchChange = z.strictObject({
  vector: z.string().regex(/^stdio_/),
  needs,
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  before: z.array(z.string()).optional(),
  after: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  description: z.string().optional(),
  lookalike: z.boolean().optional(),
});
const chain = z.strictObject({
  id: z.string().min(1),
  stdio: z.boolean(),
  ask: lines,
  stages: z
    .array(
      z.strictObject({
        stage: z.enum(['recon', 'staging', 'exfiltration', 'escape']),
        vector: z.string().min(1),
        needs,
        role,
        values: lines,
      }),
    )
    .min(3)
    .max(5),
});
const text = z.string().min(1);

/** All files of `attacks/` together; each file holds some of the lists. */
export const attackSchema = z.strictObject({
  openers: bySplit(text),
  closers: bySplit(text),
  goals: bySplit(goal),
  toolCarriers: bySplit(text),
  contentCarriers: bySplit(text),
  memory: bySplit(goal),
  shadowing: bySplit(toolChange),
  preference: bySplit(toolChange),
  overPrivileged: bySplit(toolChange),
  mismatch: bySplit(loneTool),
  expansion: bySplit(toolChange),
  overt: bySplit(loneTool),
  traversal: bySplit(callValues),
  ssrf: bySplit(callValues),
  credentials: bySplit(callValues),
  commandInjection: bySplit(callValues),
  exfiltration: bySplit(callValues),
  hostCompromise: bySplit(callValues),
  exhaustion: bySplit(callValues),
  deputy: bySplit(callValues),
  sampling: bySplit(sampling),
  launch: bySplit(launchChange),
  chains: bySplit(chain),
}) satisfies z.ZodType<AttackData>;

/** All files of `benign/` together. */
export const benignSchema = z.strictObject({
  loneTools: bySplit(loneTool),
  toolNotes: bySplit(text),
  contentNotes: bySplit(text),
  contentCarriers: bySplit(text),
  documents: bySplit(document),
  calls: bySplit(callValues),
  sampling: bySplit(sampling),
  elicitations: bySplit(text),
  releaseNotes: bySplit(text),
  newParams: bySplit(params),
  launchEnv: bySplit(text),
  launchArgs: bySplit(text),
  launchDescriptions: bySplit(text),
  launches: bySplit(launch),
}) satisfies z.ZodType<BenignData>;
