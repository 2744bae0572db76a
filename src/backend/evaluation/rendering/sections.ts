import { ACTIONS } from '../../../contract/actions.ts';
import type { DriftReport, EvaluationReport, Mistake, Slice, SystemReport } from '../../../contract/evaluationReport.ts';
import type { Rate } from '../../../contract/wilson.ts';

/** A table cell; `untrusted` text comes from the suite or a file name. */
export interface Cell {
  readonly text: string;
  readonly untrusted?: true;
}

export interface Table {
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly Cell[])[];
}

/** One part of a readable report, whatever it is rendered to. */
export interface Section {
  readonly title: string;
  readonly lines: readonly (readonly Cell[])[];
  readonly table: Table | null;
}

const SHOWN_MISTAKES = 15;

/** The report as titled tables, in reading order. */
export function reportSections(report: EvaluationReport): readonly Section[] {
  const systems = [report.model, ...report.baselines];
  return [
    overview(report),
    headline(systems),
    ranking(systems),
    ...(report.comparisons.length > 0 ? [comparisons(report)] : []),
    running(systems),
    ...(report.drift === undefined ? [] : [drift(report.drift)]),
    actions(report.model),
    slices('By kind', report.model.metrics.byKind),
    slices('By vector', report.model.metrics.byVector),
    slices('By source', report.model.metrics.bySource),
    mistakes(report.model.metrics.mistakes),
  ];
}

function overview({ suite, costPreset, model, baselines }: EvaluationReport): Section {
  const lines: Cell[][] = [
    [cell('Suite '), name(suite.name), cell(`: ${suite.rows} messages, ${suite.malicious} malicious, ${suite.benign} benign`)],
    [cell(`SHA-256 ${suite.sha256}`)],
    [cell(`Cost preset ${costPreset}; intervals are Wilson 95%; "flagged" means any action but ALLOW.`)],
    ...[model, ...baselines].map((system) => [name(system.name), cell(': '), name(system.note)]),
  ];
  return { title: 'Evaluation', lines, table: null };
}

function headline(systems: readonly SystemReport[]): Section {
  return table(
    'Headline',
    ['system', 'recall', 'false-positive rate', 'F1', 'macro-F1', 'exact', 'acceptable', 'hard negatives flagged'],
    systems.map(({ name: title, metrics }) => [
      name(title),
      interval(metrics.recall),
      interval(metrics.falsePositiveRate),
      number(metrics.f1),
      number(metrics.macroF1),
      percent(metrics.exactAccuracy?.rate),
      percent(metrics.acceptableAccuracy?.rate),
      interval(metrics.hardNegatives),
    ]),
  );
}

function ranking(systems: readonly SystemReport[]): Section {
  const limits = systems.find(({ metrics }) => metrics.ranking !== null)?.metrics.ranking?.recallAtFpr.map(({ limit }) => limit) ?? [];
  return table(
    'Scores, calibration and reward',
    [
      'system',
      'AUROC',
      ...limits.map((limit) => `recall at ${percentText(limit)} FPR`),
      'Brier',
      'ECE',
      'ECE of the action',
      'mean reward',
      'best possible',
      'regret',
    ],
    systems.map(({ name: title, metrics }) => [
      name(title),
      number(metrics.ranking?.auroc),
      ...limits.map((limit) => percent(metrics.ranking?.recallAtFpr.find((entry) => entry.limit === limit)?.point?.recall)),
      number(metrics.calibration?.threat.brier),
      number(metrics.calibration?.threat.ece),
      number(metrics.calibration?.action.ece),
      number(metrics.reward.mean),
      number(metrics.reward.best),
      number(metrics.reward.regret),
    ]),
  );
}

function comparisons(report: EvaluationReport): Section {
  return table(
    "At the model's false-positive rate",
    ['baseline', 'false-positive rate', 'model recall', 'baseline recall'],
    report.comparisons.map((row) => [
      name(row.baseline),
      percent(row.falsePositiveRate),
      percent(row.modelRecall),
      percent(row.baselineRecall),
    ]),
  );
}

function running(systems: readonly SystemReport[]): Section {
  return table(
    'Running',
    ['system', 'decision p50 ms', 'decision p95 ms', 'label mass mean', 'label mass min', 'abstentions'],
    systems.map(({ name: title, metrics }) => [
      name(title),
      number(metrics.decisionMs?.p50, 2),
      number(metrics.decisionMs?.p95, 2),
      number(metrics.labelMass?.mean),
      number(metrics.labelMass?.min),
      cell(abstentionText(metrics.abstentions)),
    ]),
  );
}

function abstentionText({ total, byReason }: SystemReport['metrics']['abstentions']): string {
  if (total === 0) return '0';
  const reasons = Object.entries(byReason).map(([reason, count]) => `${reason} ${count}`);
  return `${total} (${reasons.join(', ')})`;
}

function drift({ benign, malicious, systems }: DriftReport): Section {
  const limits = systems[0]?.recallAtFpr.map(({ limit }) => limit) ?? [];
  const section = table(
    'Semantic critic on changed definitions',
    [
      'measure',
      'AUROC',
      'AUROC of the distance',
      ...limits.map((limit) => `recall at ${percentText(limit)} FPR`),
      'threshold',
      'recall',
      'false-positive rate',
    ],
    systems.map((system) => [
      name(system.name),
      number(system.auroc),
      number(system.distanceAuroc),
      ...limits.map((limit) => percent(system.recallAtFpr.find((entry) => entry.limit === limit)?.point?.recall)),
      number(system.threshold),
      interval(system.recall),
      interval(system.falsePositiveRate),
    ]),
  );
  return {
    ...section,
    lines: [
      [cell(`${malicious} harmful redefinitions, ${benign} legitimate edits; recall and false-positive rate at the threshold in force.`)],
      ...systems.map((system) => [name(system.name), cell(': '), name(system.note)]),
    ],
  };
}

function actions({ name: title, metrics }: SystemReport): Section {
  const section = table(
    'Actions',
    ['fitting action', 'cases', 'precision', 'recall', 'F1', ...ACTIONS.map((action) => `took ${action}`)],
    ACTIONS.map((action) => {
      const score = metrics.actions[action];
      return [
        cell(action),
        cell(String(score.support)),
        percent(score.precision),
        percent(score.recall),
        number(score.f1),
        ...ACTIONS.map((taken) => cell(String(metrics.confusion[action][taken]))),
      ];
    }),
  );
  return { ...section, lines: [[cell('Of '), name(title), cell(', as are the tables below.')]] };
}

function slices(title: string, entries: readonly Slice[]): Section {
  return table(
    title,
    ['slice', 'label', 'cases', 'flagged', 'acceptable'],
    entries.map((slice) => [
      name(slice.name),
      cell(slice.label),
      cell(String(slice.flagged.trials)),
      interval(slice.flagged),
      percent(slice.acceptable.rate),
    ]),
  );
}

function mistakes(entries: readonly Mistake[]): Section {
  return table(
    'Costliest mistakes',
    ['id', 'kind', 'label', 'vector', 'fitting', 'taken', 'threat', 'regret'],
    entries
      .slice(0, SHOWN_MISTAKES)
      .map((entry) => [
        name(entry.id),
        cell(entry.kind),
        cell(entry.label),
        name(entry.vector),
        cell(entry.fitting),
        cell(entry.taken),
        number(entry.threat),
        number(entry.regret),
      ]),
  );
}

/** First column left, the others right unless their cells are words. */
function table(title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Section {
  const words = new Set(['label', 'kind', 'vector', 'fitting', 'taken']);
  return {
    title,
    lines: [],
    table: {
      columns: columns.map((column, index) => ({ title: column, align: index === 0 || words.has(column) ? 'left' : 'right' })),
      rows,
    },
  };
}

function cell(text: string): Cell {
  return { text };
}

function name(text: string): Cell {
  return { text, untrusted: true };
}

function percentText(value: number): string {
  return `${Number((value * 100).toFixed(2))}%`;
}

function percent(value: number | null | undefined): Cell {
  return cell(value === null || value === undefined ? '–' : `${(value * 100).toFixed(1)}%`);
}

function number(value: number | null | undefined, decimals = 3): Cell {
  return cell(value === null || value === undefined ? '–' : value.toFixed(decimals));
}

function interval(rate: Rate | null): Cell {
  if (rate === null) return cell('–');
  return cell(`${(rate.rate * 100).toFixed(1)}% [${(rate.low * 100).toFixed(1)}, ${(rate.high * 100).toFixed(1)}]`);
}
