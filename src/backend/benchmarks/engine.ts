import { availableParallelism } from 'node:os';
import type { DefenderAction } from '../../contract/episodes.ts';
import { PHASES, type Observation, type Phase } from '../../contract/observation.ts';
import { auditPolicies, CONSTANT_POLICY_LIMIT, type PolicyAuditReport } from '../../engine/audit/auditPolicies.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { currentScenario, observe, startEpisode, step, type Environment } from '../../engine/environment/environment.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import type { BenchmarkReport, BenchmarkTable } from './report.ts';

export interface EngineBenchmarkOptions {
  /** What to play on; the bundled corpus by default. */
  readonly pool?: MessagePool;
  /** Episodes of each phase in a timed round, > 0. */
  readonly episodes?: number;
  /** Timed rounds; the best counts, as the one least disturbed by whatever else the machine does. */
  readonly rounds?: number;
  /** Episodes for each policy and phase of the audit. */
  readonly auditEpisodes?: number;
}

/** Seeds from here on are played once, to meet new messages. */
const UNSEEN_SEEDS = 1_000_000;

interface Script {
  readonly seed: number;
  readonly phase: Phase;
  readonly actions: readonly DefenderAction[];
}

/**
 * Measures the engine without any model, on one core: steps a second with messages seen before and with new
 * ones, each step with its whole observation, its rewards and its counterfactuals; the same with every
 * observation written as JSON; and, as the peer, JSON.stringify of the same observations alone.
 * The table is the policy audit.
 * @throws CorpusError when no pool is given and the bundled corpus cannot be read.
 */
export async function benchmarkEngine(options: EngineBenchmarkOptions = {}): Promise<BenchmarkReport> {
  const pool = options.pool ?? (await loadBundledCorpus());
  const { episodes = 100, rounds = 15, auditEpisodes = 200 } = options;
  const env: Environment = { config: DEFAULT_CONFIG, pool };

  const cold = timed(() => scripts(env, episodes, 0));
  const known = cold.result;
  const steps = countSteps(known);
  const observations: Observation[] = [];
  play(env, known, (observation) => observations.push(observation));

  // One kind of work after the other: what new messages leave to the garbage collector would fall into the warm rounds.
  const ours = bestRate(rounds, steps, () => play(env, known, ignore));
  const written = bestRate(rounds, steps, () => play(env, known, stringify));
  const theirs = bestRate(rounds, steps, () => observations.forEach(stringify));
  const unseen = timed(() => scripts(env, episodes, UNSEEN_SEEDS));
  const audit = auditPolicies(env, { episodes: auditEpisodes, seed: 7 });
  return {
    name: 'engine',
    figures: [
      {
        name: 'steps per second, warm',
        value: ours,
        unit: '1/s',
        note: 'Episodes played before: base streams, analyses, critic reports and mutations are remembered; observation, effects, reward, verifier and counterfactuals are computed each time.',
      },
      {
        name: 'steps per second, warm, every observation built and written as JSON',
        value: written,
        unit: '1/s',
      },
      {
        name: 'steps per second, new messages',
        value: perSecond(countSteps(unseen.result), unseen.ms),
        unit: '1/s',
        note: 'Episodes never played: every message is composed, mutated, normalised, embedded and compared for the first time.',
      },
      {
        name: 'steps per second, cold',
        value: perSecond(steps, cold.ms),
        unit: '1/s',
        note: 'The first episodes of the process, before anything is compiled or remembered.',
      },
      {
        name: 'JSON.stringify per second, same observations',
        value: theirs,
        unit: '1/s',
        note: 'The peer: what merely writing each observation down costs.',
      },
      { name: 'highest share of the oracle that a constant policy reaches', value: worstShare(audit), unit: 'ratio' },
      { name: 'policy audit holds', value: audit.holds ? 1 : 0, unit: 'boolean', note: `Limit ${CONSTANT_POLICY_LIMIT} in every phase.` },
      { name: 'cores used', value: 1, unit: `of ${availableParallelism()}` },
    ],
    ratio: {
      name: 'engine step against writing its observation',
      ours: 'steps per second, warm',
      peer: 'JSON.stringify per second, same observations',
      value: ours / theirs,
    },
    table: auditTable(audit),
  };
}

/** Plays episodes with the right answer to each message, so that they last, and keeps the answers. */
function scripts(env: Environment, episodes: number, firstSeed: number): readonly Script[] {
  return PHASES.flatMap((phase) =>
    Array.from({ length: episodes }, (_, i): Script => {
      const start = { seed: firstSeed + i, phase };
      const actions: DefenderAction[] = [];
      let state = startEpisode(env, start);
      while (observe(env, state) !== null) {
        const { truth } = currentScenario(env, state);
        const action = truth.malicious ? (truth.stdioEscape ? 'REVOKE_STDIO' : 'BLOCK') : 'ALLOW';
        const answer: DefenderAction = { action, confidence: 0.9, rationale: 'The answer that a benchmark episode expects.' };
        actions.push(answer);
        ({ state } = step(env, state, answer));
      }
      return { ...start, actions };
    }),
  );
}

function play(env: Environment, episodes: readonly Script[], look: (observation: Observation) => void): void {
  for (const { seed, phase, actions } of episodes) {
    let state = startEpisode(env, { seed, phase });
    for (const action of actions) {
      const observation = observe(env, state);
      if (observation !== null) look(observation);
      ({ state } = step(env, state, action));
    }
  }
}

/** Takes in what is looked at, so that no work can be left out as unused. */
const sink = { seen: 0 };

function ignore(observation: Observation): void {
  sink.seen += observation.embedding.length;
}

function stringify(observation: Observation): void {
  sink.seen += JSON.stringify(observation).length;
}

function countSteps(episodes: readonly Script[]): number {
  return episodes.reduce((sum, { actions }) => sum + actions.length, 0);
}

function timed<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const start = performance.now();
  const result = work();
  return { result, ms: performance.now() - start };
}

function perSecond(count: number, ms: number): number {
  return Math.round((count / ms) * 1000);
}

/** The rate of the best round. */
function bestRate(rounds: number, count: number, work: () => void): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) least = Math.min(least, timed(work).ms);
  return perSecond(count, least);
}

function worstShare(audit: PolicyAuditReport): number {
  return rounded(Math.max(...audit.phases.map(({ bestConstantShare }) => bestConstantShare)));
}

function auditTable(audit: PolicyAuditReport): BenchmarkTable {
  const policies = audit.phases[0]?.policies.map(({ policy }) => policy) ?? [];
  return {
    title: 'Mean reward per step played, and its share of the oracle’s',
    columns: ['policy', ...audit.phases.flatMap(({ phase }) => [phase, 'share'])],
    rows: policies.map((policy, i) => [
      policy,
      ...audit.phases.flatMap((phase) => {
        const row = phase.policies[i];
        return row === undefined ? [null, null] : [rounded(row.meanReward), rounded(row.shareOfOracle)];
      }),
    ]),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
