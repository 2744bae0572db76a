import { GUIDE_MUTATORS, type GuideFacts } from '../../contract/guide.ts';
import { MUTATORS } from '../../engine/adversary/mutators/mutate.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { BREACH_TOTAL, FORMAT, LATENCY, SECURITY_REWARD, SHAPING } from '../../engine/environment/shaping.ts';
import { MAX_NESTING } from '../../engine/text/layers.ts';

const { heavierCap, analystRelease, serverDown, repeatedAllowCap, suspiciousRationale, noRestrictions, confidence } = SHAPING;

/** The engine's figures as the guide's text quotes them. */
export const FACTS: GuideFacts = {
  config: DEFAULT_CONFIG,
  security: SECURITY_REWARD,
  breachTotal: BREACH_TOTAL,
  usability: { heavierCap, analystRelease, serverDown, repeatedAllowCap, suspiciousRationale, noRestrictions, confidence },
  latency: LATENCY,
  format: { saysSomething: FORMAT.saysSomething, missing: FORMAT.missing },
  mutators: GUIDE_MUTATORS.map((name) => ({ name, inverse: MUTATORS.find((mutator) => mutator.name === name)?.inverse ?? null })),
  nesting: MAX_NESTING,
};
