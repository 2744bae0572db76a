import { z } from 'zod';
import { ACTIONS } from '../../contract/actions.ts';
import { EPISODE_PART } from '../../contract/episodeFile.ts';
import { PHASES } from '../../contract/observation.ts';
import { episodeIdSchema, modelIdSchema, sha256Schema } from '../../contract/ids.ts';
import { LANES } from '../../contract/live.ts';
import { tagSchema } from '../../contract/replays.ts';
import {
  actionSchema,
  capabilitySchema,
  gatewayMessageSchema,
  phaseSchema,
  splitSchema,
  verdictSchema,
  verifierFlagSchema,
} from '../../contract/schemas.ts';

/** What an episode file may hold. Another machine wrote it, so everything is checked before anything is stored. */

const text = (most: number) => z.string().max(most);
const share = z.number().min(0).max(1);
const perAction = z.strictObject(Object.fromEntries(ACTIONS.map((action) => [action, z.number()])));
const iso = z.iso.datetime();
const LONG = 200_000;

const rates = z.strictObject({ malicious: share, obfuscated: share, stdio: share });
const weights = z.strictObject({ embedding: z.number(), lexical: z.number(), structural: z.number() });

const configSchema = z.strictObject({
  split: splitSchema,
  episodeLength: z.int().min(1).max(1_024),
  budgetTicks: z.int().min(1).max(8_192),
  decisionDeadlineMs: z.number().positive(),
  retryProbability: share,
  curriculum: z.strictObject({
    alpha: share,
    thresholds: z.tuple([z.number(), z.number()]),
    minEpisodes: z.int().min(1),
    phases: z.strictObject(Object.fromEntries(PHASES.map((phase) => [phase, rates]))),
  }),
  critic: z.strictObject({ embedder: text(100), threshold: z.number(), weights }),
});

const decisionSchema = z.strictObject({
  action: actionSchema,
  probabilities: perAction,
  expectedCost: perAction.nullable(),
  confidence: share,
  labelMass: z.number(),
  restrictions: z.array(capabilitySchema).max(50),
  rationale: text(8_000),
  evidence: z.array(z.strictObject({ code: text(200), text: text(LONG), pointer: text(4_000).optional() })).max(500),
  abstention: z.enum(['label_mass_low', 'input_too_long', 'ambiguous', 'model_failed']).nullable(),
  decisionMs: z.number().min(0),
  newTokens: z.int().min(0),
});

const truthSchema = z.strictObject({
  malicious: z.boolean(),
  vector: z.string().regex(/^[a-z0-9_]{0,60}$/),
  obfuscation: z.array(text(100)).max(50),
  stdioEscape: z.boolean(),
  needs: z.array(capabilitySchema).max(50),
  fitting: actionSchema,
  chain: z.strictObject({ id: text(200), stage: z.enum(['recon', 'staging', 'exfiltration', 'escape']) }).optional(),
});

const criticSchema = z.strictObject({
  reference: z.enum(['pinned_baseline', 'surface_text', 'user_task']),
  drift: z.number(),
  threshold: z.number(),
  driftFound: z.boolean(),
  score: z.number(),
  parts: weights,
  spans: z.array(z.strictObject({ start: z.int().min(0), end: z.int().min(0) })).max(64),
});

const infoSchema = z.strictObject({
  verdict: verdictSchema,
  outcome: z.enum(['forwarded', 'rejected', 'held', 'released', 'drift_found', 'no_drift', 'mediated', 'severed']),
  truth: truthSchema,
  reward: z.strictObject({
    security: z.number(),
    usability: z.number(),
    latency: z.number(),
    format: z.number(),
    total: z.number(),
    usabilityParts: z.record(text(100), z.number()),
  }),
  verifier: z.strictObject({ flags: z.array(verifierFlagSchema).max(20), risk: z.enum(['low', 'medium', 'high', 'critical']) }),
  critic: criticSchema.nullable(),
  ticks: z.int().min(0),
  retry: z.boolean(),
  counterfactual: perAction.nullable(),
});

const stepSchema = z.strictObject({
  step: z.strictObject({
    lane: z.enum(LANES),
    episodeId: episodeIdSchema,
    position: z.int().min(0).max(1_023),
    message: gatewayMessageSchema,
    normalizedText: text(LONG),
    hints: z.array(z.strictObject({ code: text(200), text: text(LONG), pointer: text(4_000).optional() })).max(1_000),
    layers: z.array(z.strictObject({ encoding: text(40), pointer: text(4_000), text: text(LONG) })).max(1_000),
    budgetLeft: z.number(),
    decision: decisionSchema,
    info: infoSchema,
  }),
  countedMs: z.number().min(0).nullable(),
  embeddingDistance: z.number().min(0).max(2).nullable(),
});

const perLane = <T extends z.ZodType>(schema: T) => z.strictObject({ baseline: schema, trained: schema });

export const episodePartSchema = z
  .strictObject({
    part: z.literal(EPISODE_PART),
    episode: z.strictObject({
      id: episodeIdSchema,
      seed: z.int().min(0).max(4_294_967_295),
      phase: phaseSchema,
      curriculum: z.strictObject({ phase: phaseSchema, average: z.number(), episodesInPhase: z.int().min(0) }),
      config: configSchema,
      corpusSha256: text(64),
      models: perLane(z.strictObject({ id: modelIdSchema, sha256: sha256Schema })),
      startedAt: iso,
    }),
    finishedAt: iso.nullable(),
    scores: perLane(z.number().nullable()),
    pinned: z.boolean(),
    tags: z.array(tagSchema).max(50),
    bookmarks: z.array(z.strictObject({ position: z.int().min(0).max(1_023), note: text(500) })).max(500),
    steps: z.array(stepSchema).max(2_048),
  })
  .superRefine(({ episode, steps }, context) => {
    const seen = new Set<string>();
    for (const [index, { step }] of steps.entries()) {
      if (step.episodeId !== episode.id)
        context.addIssue({ code: 'custom', path: ['steps', index], message: 'belongs to another episode' });
      const key = `${step.position} ${step.lane}`;
      if (seen.has(key)) context.addIssue({ code: 'custom', path: ['steps', index], message: 'is there twice' });
      seen.add(key);
    }
  });
