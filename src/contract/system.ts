import { z } from 'zod';
import { inferenceDeviceSchema, modelStatusSchema } from './models.ts';

export const systemInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'loopback']),
  dataDir: z.string(),
  /** Null until node-llama-cpp has started. */
  device: inferenceDeviceSchema.nullable(),
  store: z.object({ episodes: z.int(), steps: z.int(), bytes: z.int(), writable: z.boolean(), problem: z.string().nullable() }),
  corpus: z.object({ servers: z.int(), tools: z.int(), sha256: z.string() }),
  models: z.array(modelStatusSchema),
});
export type SystemInfo = z.infer<typeof systemInfoSchema>;
