import { config } from 'zod';

/**
 * Zod compiles object schemas with `new Function` where it may. The page's policy
 * forbids that, and even the probe is reported, so it is turned off. Imported before
 * any module that builds a schema.
 */
config({ jitless: true });
