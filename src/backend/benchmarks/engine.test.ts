import { beforeAll, describe, expect, it } from 'vitest';
import { PHASES } from '../../contract/observation.ts';
import { baseStream } from '../../engine/adversary/baseStream.ts';
import { createMutationCache } from '../../engine/adversary/mutations.ts';
import { auditPolicies, CONSTANT_POLICY_LIMIT, type PolicyAuditReport } from '../../engine/audit/auditPolicies.ts';
import type { MessagePool, ScenarioMessage } from '../../engine/corpus/scenario.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import { benchmarkEngine } from './engine.ts';
import type { BenchmarkReport } from './report.ts';

let pool: MessagePool;
beforeAll(async () => {
  pool = await loadBundledCorpus();
});

describe('the environment on the bundled corpus', () => {
  it.each(PHASES)('offers messages at the rates of %s, to within three points', (phase) => {
    const rates = DEFAULT_CONFIG.curriculum.phases[phase];
    const mutations = createMutationCache();
    const messages = Array.from({ length: 150 }, (_, seed) =>
      baseStream(pool, mutations, { seed, phase, split: 'train', rates, length: DEFAULT_CONFIG.episodeLength }),
    )
      .flat()
      .map(({ scenario }) => scenario);
    const share = (holds: (scenario: ScenarioMessage) => boolean): number => messages.filter(holds).length / messages.length;
    const within = 0.03;
    expect(Math.abs(share(({ truth }) => truth.malicious) - rates.malicious)).toBeLessThan(within);
    expect(Math.abs(share(({ truth }) => truth.obfuscation.length > 0) - rates.obfuscated)).toBeLessThan(within);
    expect(Math.abs(share(({ truth }) => truth.stdioEscape) - rates.stdio)).toBeLessThan(within);
  });
});

describe('the policy audit on the bundled corpus', () => {
  let report: PolicyAuditReport;
  beforeAll(() => {
    report = auditPolicies({ config: DEFAULT_CONFIG, pool }, { episodes: 40, seed: 3 });
  });

  it.each(PHASES)('in %s no constant policy reaches the limit, and the oracle tops everything', (phase) => {
    const audit = report.phases.find((one) => one.phase === phase);
    expect(audit?.bestConstantShare).toBeLessThan(CONSTANT_POLICY_LIMIT);
    expect(audit?.oracleTops).toBe(true);
  });
});

describe('benchmarkEngine', () => {
  let report: BenchmarkReport;
  beforeAll(async () => {
    report = await benchmarkEngine({ pool, episodes: 6, rounds: 3, auditEpisodes: 3 });
  });
  const figure = (name: string): number => report.figures.find((one) => one.name === name)?.value ?? Number.NaN;

  it('reports its figure, its peer’s and their ratio from the same run', () => {
    const { ratio } = report;
    expect(ratio).toBeDefined();
    if (ratio === undefined) return;
    expect(figure(ratio.ours)).toBeGreaterThan(10_000);
    expect(ratio.value).toBeCloseTo(figure(ratio.ours) / figure(ratio.peer), 10);
  });

  it('is quicker with messages it has seen than with new ones', () => {
    expect(figure('steps per second, warm')).toBeGreaterThan(figure('steps per second, new messages'));
  });

  it('tabulates every policy of the audit', () => {
    expect(report.table?.rows).toHaveLength(11);
    for (const row of report.table?.rows ?? []) expect(row).toHaveLength(report.table?.columns.length ?? -1);
  });
});
