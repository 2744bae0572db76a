import type { Action, PerAction } from './actions.ts';
import type { ActionConfusion, ActionScore, BinaryCounts } from './confusion.ts';
import type { Abstention, CostPreset } from './decisions.ts';
import type { SuiteRecord } from './suites.ts';
import type { Rate } from './wilson.ts';

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly count: number;
  /** Lowest and highest forecast in the bin. */
  readonly from: number;
  readonly to: number;
  /** Mean forecast. */
  readonly confidence: number;
  /** Share of forecasts that came true. */
  readonly frequency: number;
}

/** Quality of one set of forecasts. */
export interface CalibrationFigures {
  readonly brier: number;
  readonly ece: number;
  readonly bins: readonly ReliabilityBin[];
}

/** Where a threshold puts a system: flag when score >= threshold. */
export interface OperatingPoint {
  /** Null flags nothing. */
  readonly threshold: number | null;
  readonly recall: number;
  readonly falsePositiveRate: number;
}

/** A point of a ROC curve, both 0..1. */
export type RocPoint = readonly [falsePositiveRate: number, recall: number];

/** How often one slice of the suite was flagged, i.e. not allowed: recall for malicious slices, false-positive rate for benign ones. */
export interface Slice {
  readonly name: string;
  readonly label: SuiteRecord['label'];
  readonly flagged: Rate;
  /** Share of the slice with an acceptable action. */
  readonly acceptable: Rate;
}

export interface Distribution {
  readonly p50: number;
  readonly p95: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** A case that cost much; no text, so that a report can be passed on. */
export interface Mistake {
  readonly id: string;
  readonly source: string;
  readonly kind: string;
  readonly label: SuiteRecord['label'];
  readonly vector: string;
  readonly fitting: Action;
  readonly taken: Action;
  readonly regret: number;
  readonly threat: number | null;
}

/** Everything measured for one system on one suite. Rates and probabilities lie within 0..1, rewards are in reward units. */
export interface Metrics {
  readonly counts: BinaryCounts;
  readonly recall: Rate | null;
  readonly falsePositiveRate: Rate | null;
  readonly precision: number | null;
  readonly f1: number | null;
  readonly macroF1: number | null;
  readonly exactAccuracy: Rate | null;
  readonly acceptableAccuracy: Rate | null;
  readonly hardNegatives: Rate | null;
  readonly byVector: readonly Slice[];
  readonly byKind: readonly Slice[];
  readonly bySource: readonly Slice[];
  readonly actions: PerAction<ActionScore>;
  readonly confusion: ActionConfusion;
  /** Null for systems without probabilities. */
  readonly ranking: {
    readonly auroc: number | null;
    readonly recallAtFpr: readonly { readonly limit: number; readonly point: OperatingPoint | null }[];
  } | null;
  /** `threat`: 1 - P(ALLOW) against "malicious"; `action`: P(action) against "this action fits". Null for systems without probabilities. */
  readonly calibration: { readonly threat: CalibrationFigures; readonly action: CalibrationFigures } | null;
  readonly reward: {
    readonly mean: number | null;
    readonly best: number | null;
    readonly regret: number | null;
    readonly totalRegret: number;
  };
  readonly decisionMs: Distribution | null;
  readonly labelMass: Distribution | null;
  readonly abstentions: { readonly total: number; readonly byReason: { readonly [R in Abstention]?: number } };
  /** The costliest mistakes, worst first. */
  readonly mistakes: readonly Mistake[];
}

export const SYSTEM_KINDS = ['model', 'linear', 'rules', 'majority'] as const;

/** What was measured: a model of the registry or one of the baselines. */
export interface EvaluatedSystem {
  readonly name: string;
  readonly kind: (typeof SYSTEM_KINDS)[number];
  /** One sentence for people: what it is and what it was fitted on. */
  readonly note: string;
  /** Models only. */
  readonly model?: { readonly id: string; readonly sha256: string; readonly promptVersion: string; readonly calibrated: boolean };
}

export interface SystemReport extends EvaluatedSystem {
  readonly metrics: Metrics;
}

/** What the suite was. */
export interface SuiteInfo {
  /** File name without folders, or `bundled:test` and the like. */
  readonly name: string;
  /** Hash of the file, or of the corpus the messages were generated from. */
  readonly sha256: string;
  readonly rows: number;
  readonly benign: number;
  readonly malicious: number;
}

/** A baseline set against the model at the model's own false-positive rate, so that neither wins by its threshold. */
export interface Comparison {
  readonly baseline: string;
  readonly falsePositiveRate: number;
  readonly modelRecall: number;
  /** The baseline's best recall at no more than that false-positive rate; null when it has no scores to move a threshold on. */
  readonly baselineRecall: number | null;
}

/** One way of measuring how far a changed definition lies from its pinned form. */
export interface DriftSystem {
  readonly name: string;
  /** One sentence for people: what it measures and what its threshold was fitted on. */
  readonly note: string;
  /** Embedders only. */
  readonly model?: { readonly id: string; readonly sha256: string; readonly calibrated: boolean };
  readonly auroc: number | null;
  /** Of the embedding's distance alone, without the other parts of the drift; null for a system without an embedding. */
  readonly distanceAuroc: number | null;
  /** Best recall on these very edits at a bounded share of benign ones. */
  readonly recallAtFpr: readonly { readonly limit: number; readonly point: OperatingPoint | null }[];
  /** The threshold in force, and what it does to these edits. */
  readonly threshold: number;
  readonly recall: Rate | null;
  readonly falsePositiveRate: Rate | null;
  readonly roc: readonly RocPoint[];
}

/** The semantic critic on the changed definitions of a suite: harmful redefinitions against legitimate edits. */
export interface DriftReport {
  readonly benign: number;
  readonly malicious: number;
  /** The one in force first: a model embedder where there is one. */
  readonly systems: readonly DriftSystem[];
}

export interface EvaluationReport {
  readonly version: 1;
  readonly suite: SuiteInfo;
  readonly costPreset: CostPreset;
  readonly model: SystemReport;
  readonly baselines: readonly SystemReport[];
  readonly comparisons: readonly Comparison[];
  /** Absent when the suite holds no changed definition. */
  readonly drift?: DriftReport;
}
