import { ACTIONS, CAPABILITIES, type Action, type Capability } from '../../contract/actions.ts';
import type { DefenderAction } from '../../contract/episodes.ts';
import type { Observation } from '../../contract/observation.ts';
import { analyze } from '../analysis/analyze.ts';
import { proposeRestrictions } from '../analysis/restrictions.ts';
import { evaluate, reveal, type Environment } from '../environment/environment.ts';
import type { EpisodeState } from '../environment/state.ts';
import type { Random } from '../random/random.ts';

/** What a policy of the audit may look at; all but the oracle look at the observation alone. */
export interface PolicyView {
  readonly env: Environment;
  readonly state: EpisodeState;
  readonly observation: Observation;
  readonly random: Random;
}

export interface Policy {
  readonly name: string;
  readonly family: 'constant' | 'keyword' | 'random' | 'oracle';
  decide(view: PolicyView): DefenderAction;
}

/** Every policy of the audit states full confidence and the same substantial rationale, so that actions alone tell them apart. */
function decided(action: Action, restrictions?: readonly Capability[]): DefenderAction {
  const rationale = 'Decided by a fixed policy of the audit.';
  return restrictions === undefined ? { action, confidence: 1, rationale } : { action, confidence: 1, rationale, restrictions };
}

function constant(action: Action): Policy {
  return { name: action, family: 'constant', decide: () => decided(action) };
}

function mediation(name: string, restrictions: (observation: Observation) => readonly Capability[]): Policy {
  return {
    name: `CAPABILITY_MEDIATION, ${name}`,
    family: 'constant',
    decide: ({ observation }) => decided('CAPABILITY_MEDIATION', restrictions(observation)),
  };
}

const KEYWORDS =
  /ignore (?:all|previous|earlier)|do not (?:tell|mention)|id_rsa|\.ssh|\/etc\/passwd|credential|secret|password|exfiltrat|\bcurl\b|\bbase64\b|reverse shell|system prompt|api[_ -]?key/i;

const keyword: Policy = {
  name: 'keyword rules',
  family: 'keyword',
  decide: ({ observation }) => decided(KEYWORDS.test(observation.normalizedText) ? 'BLOCK' : 'ALLOW'),
};

const random: Policy = {
  name: 'uniform random',
  family: 'random',
  decide: ({ random: generator, observation }) => {
    const action = generator.pick(ACTIONS);
    return decided(action, action === 'CAPABILITY_MEDIATION' ? proposed(observation) : undefined);
  },
};

/** Plays the action worth most at each step, knowing the truth; mediation takes away exactly what a threat needs. */
const oracle: Policy = {
  name: 'oracle',
  family: 'oracle',
  decide: ({ env, state }) => {
    const truth = reveal(env, state);
    let best = decided(truth.fitting, truth.needs);
    let most = -Infinity;
    for (const action of [truth.fitting, ...ACTIONS]) {
      const candidate = decided(action, truth.malicious ? truth.needs : []);
      const { total } = evaluate(env, state, candidate).reward;
      if (total > most) [best, most] = [candidate, total];
    }
    return best;
  },
};

function proposed({ message }: Observation): readonly Capability[] {
  return proposeRestrictions(message, analyze(message));
}

/** The eight constant policies (six actions, mediation in three forms), a keyword policy, a random one and the oracle. */
export const AUDIT_POLICIES: readonly Policy[] = [
  ...ACTIONS.flatMap((action) =>
    action === 'CAPABILITY_MEDIATION'
      ? [mediation('none', () => []), mediation('all', () => CAPABILITIES), mediation('proposed', proposed)]
      : [constant(action)],
  ),
  keyword,
  random,
  oracle,
];
