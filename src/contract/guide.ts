import { z } from 'zod';
import { CAPABILITIES, type Action, type Capability, type PerAction } from './actions.ts';
import type {
  CriticReport,
  CurriculumState,
  EffectOutcome,
  EnvironmentConfig,
  GroundTruth,
  RewardBreakdown,
  Verdict,
  VerifierReport,
} from './episodes.ts';
import type { GatewayMessage } from './messages.ts';
import type { DecodedLayer, Observation } from './observation.ts';
import { actionSchema, capabilitySchema, gatewayMessageSchema, phaseSchema, splitSchema } from './schemas.ts';

/** The adversary's disguises by name, in the engine's order; they are applied in the order in which they are asked for. */
export const GUIDE_MUTATORS = [
  'base64',
  'hex',
  'url',
  'rot13',
  'zero_width',
  'bidi',
  'homoglyph',
  'unicode_tags',
  'split',
  'synonym_drift',
  'benign_wrap',
  'field_move',
] as const;
export type GuideMutator = (typeof GUIDE_MUTATORS)[number];

/** Messages of an episode that the guide can show. */
export const GUIDE_POSITIONS = 16;
/** What an edited message may hold: levels of nesting, values, and characters in all its strings. */
export const GUIDE_MESSAGE_LIMITS = { depth: 32, values: 5_000, characters: 100_000 } as const;

const { depth, values, characters } = GUIDE_MESSAGE_LIMITS;

/** Measured without recursion and before anything recursive looks at the value, so that nesting cannot exhaust the stack. */
function isWithinLimits(root: unknown): boolean {
  const open: { readonly value: unknown; readonly level: number }[] = [{ value: root, level: 1 }];
  let seen = 0;
  let length = 0;
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const { value, level } = item;
    if (++seen > values || level > depth) return false;
    if (typeof value === 'string') length += value.length;
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        length += key.length;
        open.push({ value: inner, level: level + 1 });
        if (open.length > values) return false;
      }
    }
    if (length > characters) return false;
  }
  return true;
}

/** A message typed by hand: anything of bounded size that reads as a gateway message. */
export const guideMessageSchema = z
  .unknown()
  .refine(isWithinLimits, {
    message: `holds more than ${depth} levels, ${values} values or ${characters} characters`,
    abort: true,
  })
  .pipe(gatewayMessageSchema);

export const guideTruthSchema = z
  .strictObject({
    malicious: z.boolean(),
    vector: z.string().max(60),
    obfuscation: z.array(z.string().max(60)).max(16),
    stdioEscape: z.boolean(),
    needs: z.array(capabilitySchema).max(CAPABILITIES.length),
    fitting: actionSchema,
    chain: z.strictObject({ id: z.string().max(200), stage: z.enum(['recon', 'staging', 'exfiltration', 'escape']) }).optional(),
  })
  .refine(({ malicious, stdioEscape }) => malicious || !stdioEscape, {
    path: ['stdioEscape'],
    message: 'A benign message is no STDIO escape.',
  }) satisfies z.ZodType<GroundTruth>;

/** What a reward depends on beside the message and the action. */
export const guideConditionsSchema = z.strictObject({
  /** Ticks used before this decision. */
  ticksUsed: z.int().min(0).max(100).default(0),
  /** Time the decision took, milliseconds. */
  decisionMs: z.number().min(0).max(60_000).default(0),
  /** Stated confidence; null: none. */
  confidence: z.number().min(0).max(1).nullable().default(null),
  /** Null: the analysers' own explanation. */
  rationale: z.string().max(2_000).nullable().default(null),
  /** ALLOW decisions directly before this one. */
  allowRun: z.int().min(0).max(8).default(0),
  /** What CAPABILITY_MEDIATION takes away; null: what the analysers propose. */
  restrictions: z.array(capabilitySchema).max(CAPABILITIES.length).nullable().default(null),
});
export interface GuideConditions extends Omit<Readonly<z.infer<typeof guideConditionsSchema>>, 'restrictions'> {
  readonly restrictions: readonly Capability[] | null;
}

const seed = z.int().min(0).max(4_294_967_295);
const mutators = z.array(z.enum(GUIDE_MUTATORS)).max(GUIDE_MUTATORS.length);

export const guideInputs = {
  message: z.strictObject({
    phase: phaseSchema,
    split: splitSchema,
    seed,
    position: z
      .int()
      .min(0)
      .max(GUIDE_POSITIONS - 1),
  }),
  actions: z.strictObject({
    message: guideMessageSchema,
    truth: guideTruthSchema,
    conditions: guideConditionsSchema.prefault({}),
  }),
  mutate: z.union([
    z.strictObject({ text: z.string().max(1_500), mutators, seed }),
    z.strictObject({ message: guideMessageSchema, mutators, seed }),
  ]),
  drift: z.strictObject({ reference: z.string().max(8_000), candidate: z.string().max(8_000) }),
  curriculum: z.strictObject({ scores: z.array(z.number().min(0).max(1)).min(1).max(2_000) }),
  budget: z.strictObject({
    decisions: z
      .array(z.strictObject({ action: actionSchema, decisionMs: z.number().min(0).max(60_000) }))
      .min(1)
      .max(64),
  }),
  policies: z.strictObject({ phase: phaseSchema, seed }),
  trap: z.strictObject({ phase: phaseSchema, split: splitSchema.default('test'), seed }),
} as const;

export type GuideMessageInput = z.infer<typeof guideInputs.message>;
export interface GuideActionsInput {
  readonly message: GatewayMessage;
  readonly truth: GroundTruth;
  readonly conditions: GuideConditions;
}
export type GuideMutateInput = { readonly mutators: readonly GuideMutator[]; readonly seed: number } & (
  { readonly text: string } | { readonly message: GatewayMessage }
);
export type GuideDriftInput = z.infer<typeof guideInputs.drift>;
export interface GuideBudgetInput {
  readonly decisions: readonly { readonly action: Action; readonly decisionMs: number }[];
}
export type GuideTrapInput = z.infer<typeof guideInputs.trap>;
export type GuidePoliciesInput = z.infer<typeof guideInputs.policies>;

/** The figures that the guide's text quotes, as the engine has them. */
export interface GuideFacts {
  readonly config: EnvironmentConfig;
  readonly security: { readonly [V in Verdict]: number };
  /** Total of a step that ends in a breach. */
  readonly breachTotal: number;
  readonly usability: {
    readonly heavierCap: number;
    readonly analystRelease: number;
    readonly serverDown: number;
    readonly repeatedAllowCap: number;
    readonly suspiciousRationale: number;
    readonly noRestrictions: number;
    readonly confidence: number;
  };
  readonly latency: {
    readonly immediateTicks: number;
    readonly deferredTicks: number;
    readonly maxSlowTicks: number;
    readonly overrunCap: number;
  };
  readonly format: { readonly saysSomething: number; readonly missing: number };
  /** `inverse`: the layer by which the normaliser undoes it; null when nothing can. */
  readonly mutators: readonly { readonly name: GuideMutator; readonly inverse: DecodedLayer['encoding'] | null }[];
  /** Layers deep that the normaliser decodes. */
  readonly nesting: number;
}

/** A message of a real episode with the truth about it. */
export interface GuideScenario {
  readonly message: GatewayMessage;
  readonly truth: GroundTruth;
  /** Template family and variant. */
  readonly origin: string;
  readonly observed: GuideObservation;
}

export type GuideObservation = Pick<Observation, 'normalizedText' | 'layers' | 'hints' | 'exercised'>;

/** The two texts that the critic compares. */
export interface GuideComparedTexts {
  readonly kind: CriticReport['reference'];
  readonly reference: string;
  readonly candidate: string;
}

export interface GuideAction {
  readonly action: Action;
  /** In force for CAPABILITY_MEDIATION; empty for the others. */
  readonly restrictions: readonly Capability[];
  readonly rationale: string;
  readonly outcome: EffectOutcome;
  readonly verdict: Verdict;
  readonly ticks: number;
  readonly reward: RewardBreakdown;
  readonly verifier: VerifierReport;
  /** One sentence: what happens to the message and what that makes of the decision. */
  readonly effect: string;
  /** One sentence for each part of the reward. */
  readonly reasons: readonly string[];
  /** Total less the mean total of the six: its advantage in a group that holds each action once. */
  readonly advantage: number;
}

export interface GuideActions {
  readonly observed: GuideObservation;
  /** Null when the message has no reference. */
  readonly compared: GuideComparedTexts | null;
  readonly critic: CriticReport | null;
  readonly actions: PerAction<GuideAction>;
  /** The actions that earn most, in their fixed order. */
  readonly best: readonly Action[];
}

export interface GuideMutation {
  /** The string that was disguised; null when no string of the message can be. */
  readonly target: { readonly pointer: string; readonly text: string } | null;
  /** One for each mutator asked for; a mutator that does not fit its text or place leaves it as it was. */
  readonly steps: readonly { readonly mutator: GuideMutator; readonly applied: boolean; readonly text: string }[];
  readonly message: GatewayMessage;
  readonly observed: GuideObservation;
  /** Where the original words stand after normalising: readable in the text, in a decoded layer, or nowhere. */
  readonly recovered: { readonly where: 'text' | 'layer' | 'nowhere'; readonly layer: number | null };
}

/** A string of a message before and after a disguise, without what both begin and end with; null where there is none. */
export interface GuideChangedText {
  /** JSON pointer within the JSON-RPC message. */
  readonly pointer: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** An attack that came back after a block. */
export interface GuideReturn {
  readonly position: number;
  /** The disguises it wears, the outermost last. */
  readonly mutators: readonly string[];
  readonly message: GatewayMessage;
  readonly observed: GuideObservation;
  /** Against the message that was blocked first. */
  readonly changes: readonly GuideChangedText[];
  /** Where the longest of the changed texts can be read after normalising. */
  readonly recovered: GuideMutation['recovered'];
  readonly action: Action;
  readonly outcome: EffectOutcome;
  readonly verdict: Verdict;
}

/** A block and what the adversary answered, as an episode played it. */
export interface GuideTrap {
  /** Of the episode that was played. */
  readonly seed: number;
  /** Episodes played until an attack came back, this one with them. */
  readonly episodes: number;
  readonly position: number;
  readonly action: Action;
  readonly outcome: EffectOutcome;
  readonly blocked: GuideScenario;
  /** One at least, in order. */
  readonly returns: readonly GuideReturn[];
}

export interface GuideDrift {
  readonly compared: GuideComparedTexts;
  readonly critic: CriticReport;
  readonly weights: EnvironmentConfig['critic']['weights'];
  readonly hints: Observation['hints'];
}

/** The curriculum after each score, in order. */
export type GuideCurriculum = readonly CurriculumState[];

/** The budget after each decision, in order. */
export type GuideBudget = readonly {
  readonly ticks: number;
  readonly ticksUsed: number;
  /** Negative when the budget is overdrawn. */
  readonly left: number;
  /** The latency component of this step's reward, 0 or less. */
  readonly latency: number;
}[];

/** A simple policy over a few episodes of one phase. */
export interface GuidePolicy {
  readonly name: string;
  readonly family: 'constant' | 'keyword' | 'random' | 'oracle';
  readonly episodes: number;
  readonly steps: number;
  /** Reward per step played. */
  readonly meanReward: number;
  readonly breaches: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly truePositives: number;
}
