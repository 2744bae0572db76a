import type { AgreementReport, AnalystId } from '../../contract/review.ts';
import { confusion, estimate, FEW_ITEMS, krippendorffAlpha, pairwiseKappa, rawAgreement, type Unit } from './agreement.ts';
import type { ReviewStore } from './reviewStore.ts';

/** First choices on items that two analysts or more labelled without seeing each other. */
export function independentUnits(store: ReviewStore): readonly Unit[] {
  const units = new Map<number, { analyst: string; action: Unit[number]['action'] }[]>();
  for (const { item, name, action, first_choice: firstChoice } of store.independentLabels()) {
    const unit = units.get(item) ?? [];
    unit.push({ analyst: name, action: firstChoice ?? action });
    units.set(item, unit);
  }
  return [...units.values()];
}

export function agreementReport(store: ReviewStore, analyst: AnalystId): AgreementReport {
  const units = independentUnits(store);
  return {
    shared: units.length,
    few: units.length < FEW_ITEMS,
    raw: estimate(units, rawAgreement),
    alpha: estimate(units, krippendorffAlpha),
    pairs: pairwiseKappa(units),
    confusion: confusion(units),
    gold: store.goldAnswers(analyst),
  };
}
