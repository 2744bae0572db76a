import { ACTIONS, type Action } from '../../../contract/actions.ts';
import type { LabelledCase } from '../../datasets/labelledCase.ts';
import { renderBody } from '../../inference/prompt/renderBody.ts';
import { topAction } from '../metrics.ts';
import type { Outcome, Prediction } from '../outcome.ts';
import type { Predictor } from '../predictor.ts';
import type { SystemRun } from '../report.ts';
import { keywordRules } from './keywordRules.ts';
import type { LinearModel } from './linearModel.ts';
import { rawText } from './rawText.ts';

/** What a linear model reads: the message as it crossed, or the same rendered body a language model reads. */
export const LINEAR_TEXTS = ['raw', 'body'] as const;
export type LinearText = (typeof LINEAR_TEXTS)[number];

export function keywordPredictor(): Predictor {
  return {
    info: { name: 'keywords', kind: 'rules', note: 'Keyword rules over the raw text, without decoding.' },
    predict: async (cases) =>
      cases.map((labelled) => timed(() => ({ action: keywordRules(labelled.observation.message), probabilities: null }))),
  };
}

/** @param trainedOn What the model was fitted on, in words. */
export function linearPredictor(model: LinearModel, text: LinearText, trainedOn: string): Predictor {
  const read = (labelled: LabelledCase): string =>
    text === 'raw' ? rawText(labelled.observation.message) : renderBody(labelled.observation);
  return {
    info: {
      name: `linear-${text}`,
      kind: 'linear',
      note: `Logistic regression over hashed word bigrams of the ${text === 'raw' ? 'raw message and context' : 'rendered body'}, fitted on ${model.examples} rows of ${trainedOn}; most probable action.`,
    },
    predict: async (cases) =>
      cases.map((labelled) =>
        timed(() => {
          const probabilities = model.predict(read(labelled));
          return { action: topAction(probabilities), probabilities };
        }),
      ),
  };
}

/** The strongest policy that never looks: always the action that fits most cases of this very suite. */
export function majorityRun(outcomes: readonly Outcome[]): SystemRun {
  const counts = new Map<Action, number>();
  for (const { facts } of outcomes) counts.set(facts.fitting, (counts.get(facts.fitting) ?? 0) + 1);
  const action = ACTIONS.reduce((best, next) => ((counts.get(next) ?? 0) > (counts.get(best) ?? 0) ? next : best));
  return {
    info: { name: 'majority', kind: 'majority', note: `Always ${action}, which fits most messages of this suite.` },
    outcomes: outcomes.map(({ facts }) => ({
      facts,
      prediction: { action, probabilities: null, labelMass: null, abstention: null, decisionMs: null },
    })),
  };
}

function timed(decide: () => Pick<Prediction, 'action' | 'probabilities'>): Prediction {
  const start = performance.now();
  const answer = decide();
  return { ...answer, labelMass: null, abstention: null, decisionMs: performance.now() - start };
}
