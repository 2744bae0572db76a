import type { KeptMistake } from '../../contract/evaluations.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { LISTED_MISTAKES, mistakeOf, worstFirst } from './metrics.ts';
import type { Predictor } from './predictor.ts';
import { factsOf } from './evaluate.ts';

interface Kept {
  readonly mistake: KeptMistake;
  readonly message: GatewayMessage;
}

/** A predictor that remembers the messages of its costliest mistakes, and no others. */
export interface MistakeKeeper {
  readonly predictor: Predictor;
  /** Worst first, at most 50. */
  mistakes(): readonly Kept[];
}

export function keepMistakes(predictor: Predictor): MistakeKeeper {
  let kept: Kept[] = [];
  let place = 0;
  return {
    predictor: {
      info: predictor.info,
      async predict(cases, options) {
        const predictions = await predictor.predict(cases, options);
        cases.forEach((labelled, index) => {
          const prediction = predictions[index];
          const mistake = prediction === undefined ? null : mistakeOf({ facts: factsOf(labelled), prediction });
          if (mistake !== null) kept.push({ mistake: { ...mistake, case: place + index }, message: labelled.observation.message });
        });
        place += cases.length;
        kept = kept.sort((a, b) => worstFirst(a.mistake, b.mistake)).slice(0, LISTED_MISTAKES);
        return predictions;
      },
    },
    mistakes: () => kept,
  };
}
