import { z } from 'zod';

/** `ep-` and 16 hex digits: an episode stored by a comparison. */
export const episodeIdSchema = z
  .string()
  .regex(/^ep-[0-9a-f]{16}$/)
  .brand<'EpisodeId'>();
export type EpisodeId = z.infer<typeof episodeIdSchema>;

/** Key of a model in `models/manifest.json`, e.g. `nano-omniguard`. */
export const modelIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)
  .brand<'ModelId'>();
export type ModelId = z.infer<typeof modelIdSchema>;

/** Lower-case hexadecimal SHA-256. */
export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'Sha256'>();
export type Sha256 = z.infer<typeof sha256Schema>;
