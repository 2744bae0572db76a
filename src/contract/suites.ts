import { z } from 'zod';
import { actionSchema, gatewayMessageSchema } from './schemas.ts';

/** One line of a labelled suite; `context` may carry more keys than a gateway knows, they are dropped. */
export const suiteRecordSchema = gatewayMessageSchema.extend({
  id: z.string().min(1).max(200),
  source: z.string().max(200),
  group: z.string().max(400),
  label: z.enum(['benign', 'malicious']),
  vector: z.string().max(100),
  action: actionSchema,
  acceptable: z.array(actionSchema).min(1),
});
export type SuiteRecord = z.infer<typeof suiteRecordSchema>;
