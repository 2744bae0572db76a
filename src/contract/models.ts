import { z } from 'zod';
import { modelIdSchema, sha256Schema } from './ids.ts';

const cost = z.number().nonnegative();

export const MODEL_ROLES = ['baseline', 'trained', 'embedder'] as const;
export const MODEL_TIERS = ['nano', 'small', 'full'] as const;

/** Fitted on the shipped file; refused when `modelSha256` is not the file's hash. */
export const calibrationSchema = z.strictObject({
  modelSha256: sha256Schema,
  /** Divides the label logits, > 0. */
  temperature: z.number().positive(),
  /** Added to the label logits before the temperature, in the order of ACTIONS. */
  bias: z.array(z.number()).length(6),
  /**
   * Cost of stopping a benign message under the preset `permissive`, where letting an attack pass costs 20 and the wrong way of
   * stopping it 1. Without it that preset's own matrix is in force, as for the other presets.
   */
  falseAlarmCost: cost.optional(),
  /** What it was fitted on, in words. */
  fittedOn: z.string(),
  rows: z.int().nonnegative(),
  /** Expected calibration error before and after, 0..1. */
  eceBefore: z.number(),
  eceAfter: z.number(),
});
export type Calibration = z.infer<typeof calibrationSchema>;

const share = z.number().min(0).max(1);

/** Fitted on the shipped file; refused when `modelSha256` is not the file's hash. */
export const criticCalibrationSchema = z.strictObject({
  modelSha256: sha256Schema,
  /** Drift from which the semantic critic finds a change harmful. */
  threshold: share,
  /** What each measure weighs in the drift. */
  weights: z.strictObject({ embedding: share, lexical: share, structural: share }),
  /** Share of benign edits that may reach the threshold. */
  fprTarget: share,
  /** What it was fitted on, in words. */
  fittedOn: z.string(),
  rows: z.int().nonnegative(),
});
export type CriticCalibration = z.infer<typeof criticCalibrationSchema>;

/** One entry of `models/manifest.json`. */
export const modelEntrySchema = z.strictObject({
  id: modelIdSchema,
  role: z.enum(MODEL_ROLES),
  tier: z.enum(MODEL_TIERS),
  architecture: z.string(),
  parameters: z.int().positive(),
  /** Relative to the manifest. */
  file: z.string().min(1),
  bytes: z.int().positive(),
  sha256: sha256Schema,
  licence: z.string(),
  source: z.string(),
  /** Version of the prompt layout the model was trained on. */
  promptVersion: z.string(),
  /** Null: never fitted; the action is then the argmax, since a cost rule needs probabilities that mean something. */
  calibration: calibrationSchema.nullable(),
  /** Embedders only: the semantic critic's weights and threshold with this embedder. */
  criticCalibration: criticCalibrationSchema.optional(),
});
export type ModelEntry = z.infer<typeof modelEntrySchema>;

/** A model of others that can be fetched from the Hub; size and hash are the Hub's to say. */
export const catalogueEntrySchema = modelEntrySchema
  .omit({ bytes: true, sha256: true, calibration: true, criticCalibration: true })
  .extend({
    file: z.string().regex(/^\w[\w.-]*\.gguf$/),
    hub: z.strictObject({
      /** `owner/name` of a model repository. */
      repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
      /** Branch, tag or commit. */
      revision: z.string().min(1),
      path: z.string().min(1),
    }),
  });
export type CatalogueEntry = z.infer<typeof catalogueEntrySchema>;

export const modelCatalogueSchema = z.strictObject({ version: z.literal(1), models: z.array(catalogueEntrySchema) });

export const modelManifestSchema = z.strictObject({
  version: z.literal(1),
  models: z.array(modelEntrySchema),
});
export type ModelManifest = z.infer<typeof modelManifestSchema>;

/** What node-llama-cpp picked on this machine. */
export const inferenceDeviceSchema = z.object({
  gpu: z.enum(['cuda', 'vulkan', 'metal']).nullable(),
  deviceNames: z.array(z.string()),
  threads: z.int().positive(),
  release: z.string(),
});
export type InferenceDevice = z.infer<typeof inferenceDeviceSchema>;

export const modelStatusSchema = z.object({
  entry: modelEntrySchema,
  state: z.enum(['not_loaded', 'loading', 'ready', 'missing', 'damaged', 'incompatible']),
  /** One sentence when the state is a failure, with what to do; else null. */
  problem: z.string().nullable(),
});
export type ModelStatus = z.infer<typeof modelStatusSchema>;
