import type { DriftReport, DriftSystem } from '../../contract/evaluationReport.ts';
import type { EnvironmentConfig } from '../../contract/episodes.ts';
import type { ModelEntry } from '../../contract/models.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { wilson, type Rate } from '../../contract/wilson.ts';
import { DEFAULT_CRITIC } from '../../engine/critic/defaults.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { withCriticEmbedder } from '../critic/criticEmbedder.ts';
import { measureDrift } from '../critic/measureDrift.ts';
import type { Embedder } from '../inference/embedder.ts';
import type { CaseSource } from './caseSource.ts';
import { auroc, operatingPoint, rocCurve, type Scored } from './ranking.ts';

/** An embedder of the registry, loaded. */
export interface LoadedEmbedder {
  readonly entry: ModelEntry;
  readonly embedder: Pick<Embedder, 'distance'>;
}

/** Measures the drift of changed definitions while their cases go by. */
export interface DriftMeter {
  /** The same cases; each changed definition among them is measured before it is handed on. */
  watch(source: CaseSource): CaseSource;
  /** What was measured so far; undefined when there was nothing to measure. */
  report(): DriftReport | undefined;
}

/** Shares of benign edits that recall is reported at. */
const LIMITS = [0.01, 0.05, 0.1] as const;

interface Gauge extends Pick<DriftSystem, 'name' | 'note' | 'model'> {
  readonly critic: EnvironmentConfig['critic'];
  readonly embedder: LoadedEmbedder['embedder'] | null;
  readonly drifts: Scored[];
  /** Empty where the weights leave the embedding out. */
  readonly distances: Scored[];
}

/**
 * A meter of the critic with each embedder, with the engine's own hashed n-grams, and without any embedding.
 * @throws InferenceError when an embedder's calibration was fitted on another file
 */
export function createDriftMeter(embedders: readonly LoadedEmbedder[]): DriftMeter {
  const gauges: readonly Gauge[] = [
    ...embedders.map(modelGauge),
    ...OWN_GAUGES.map((gauge) => ({ ...gauge, embedder: null, drifts: [], distances: [] })),
  ];
  const take = async (message: GatewayMessage, positive: boolean): Promise<void> => {
    for (const { critic, embedder, drifts, distances } of gauges) {
      const found = await measureDrift(message, critic, embedder);
      if (found?.reference !== 'pinned_baseline') return;
      drifts.push({ score: found.drift, positive });
      if (critic.weights.embedding > 0) distances.push({ score: found.parts.embedding, positive });
    }
  };
  return {
    watch: (source) => ({
      ...source,
      async *cases() {
        for await (const labelled of source.cases()) {
          await take(labelled.observation.message, labelled.label === 'malicious');
          yield labelled;
        }
      },
    }),
    report() {
      const drifts = gauges[0]?.drifts ?? [];
      if (drifts.length === 0) return undefined;
      const malicious = drifts.filter(({ positive }) => positive).length;
      return { benign: drifts.length - malicious, malicious, systems: gauges.map(systemOf) };
    },
  };
}

const OWN_GAUGES: readonly Pick<Gauge, 'name' | 'note' | 'critic'>[] = [
  { name: 'hashed n-grams', note: 'The engine’s own embedding with its weights and threshold.', critic: DEFAULT_CRITIC },
  {
    name: 'words and structure',
    note: 'The engine’s own weights and threshold without any embedding.',
    critic: { ...DEFAULT_CRITIC, weights: { ...DEFAULT_CRITIC.weights, embedding: 0 } },
  },
];

function modelGauge({ entry, embedder }: LoadedEmbedder): Gauge {
  const { criticCalibration: fitted } = entry;
  return {
    name: entry.id,
    note:
      fitted === undefined
        ? 'Embedder that was never calibrated; the engine’s own weights and threshold.'
        : `Embedder; weights and threshold fitted for at most ${fitted.fprTarget * 100}% of benign edits on ${fitted.rows} edits: ${fitted.fittedOn}.`,
    model: { id: entry.id, sha256: entry.sha256, calibrated: fitted !== undefined },
    critic: withCriticEmbedder(DEFAULT_CONFIG, entry).critic,
    embedder,
    drifts: [],
    distances: [],
  };
}

function systemOf({ name, note, model, critic, drifts, distances }: Gauge): DriftSystem {
  return {
    name,
    note,
    ...(model === undefined ? {} : { model }),
    auroc: auroc(drifts),
    distanceAuroc: auroc(distances),
    recallAtFpr: LIMITS.map((limit) => ({ limit, point: operatingPoint(drifts, limit) })),
    threshold: critic.threshold,
    recall: found(drifts, true, critic.threshold),
    falsePositiveRate: found(drifts, false, critic.threshold),
    roc: rocCurve(drifts),
  };
}

/** Share of the harmful or of the benign edits at or above the threshold; null when there are none. */
function found(drifts: readonly Scored[], harmful: boolean, threshold: number): Rate | null {
  const side = drifts.filter(({ positive }) => positive === harmful);
  return side.length === 0 ? null : wilson(side.filter(({ score }) => score >= threshold).length, side.length);
}
