import type { LabelledCase } from '../datasets/labelledCase.ts';
import type { CaseFacts, Outcome } from './outcome.ts';
import type { Predictor } from './predictor.ts';
import type { SystemRun } from './report.ts';

export interface EvaluateOptions {
  /** Cases decided together; 1 gives each decision the machine to itself, so its time means something on a CPU. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of cases done. */
  readonly onProgress?: (done: number) => void;
}

/** Takes the answers as they come: one list for each predictor, all of the same cases. */
export type OutcomeSink = (outcomes: readonly (readonly Outcome[])[]) => void | Promise<void>;

/**
 * Asks every predictor about every case. Cases are streamed: of each only figures are kept, never text.
 *
 * @throws the first predictor's error, the source's error, or the signal's reason.
 */
export async function evaluate(
  cases: AsyncIterable<LabelledCase> | Iterable<LabelledCase>,
  predictors: readonly Predictor[],
  options: EvaluateOptions = {},
): Promise<readonly SystemRun[]> {
  const runs = predictors.map(({ info }) => ({ info, outcomes: [] as Outcome[] }));
  await evaluateInto((batch) => batch.forEach((outcomes, system) => runs[system]?.outcomes.push(...outcomes)), cases, predictors, options);
  return runs;
}

/** As `evaluate`, but keeps nothing: the answers go to `sink`, batch by batch. @throws as `evaluate`, and what the sink throws */
export async function evaluateInto(
  sink: OutcomeSink,
  cases: AsyncIterable<LabelledCase> | Iterable<LabelledCase>,
  predictors: readonly Predictor[],
  { batch = 1, signal, onProgress }: EvaluateOptions = {},
): Promise<void> {
  let done = 0;
  const flush = async (pending: readonly LabelledCase[]): Promise<void> => {
    signal?.throwIfAborted();
    const answers: Outcome[][] = [];
    for (const predictor of predictors) {
      const predictions = await predictor.predict(pending, signal === undefined ? {} : { signal });
      if (predictions.length !== pending.length) {
        throw new Error(`${predictor.info.name} answered ${predictions.length} of ${pending.length} messages.`);
      }
      answers.push(
        pending.flatMap((labelled, index) => {
          const prediction = predictions[index];
          return prediction === undefined ? [] : { facts: factsOf(labelled), prediction };
        }),
      );
    }
    await sink(answers);
    done += pending.length;
    onProgress?.(done);
  };

  let pending: LabelledCase[] = [];
  for await (const labelled of cases) {
    pending.push(labelled);
    if (pending.length < batch) continue;
    await flush(pending);
    pending = [];
  }
  if (pending.length > 0) await flush(pending);
}

/** The part of a case that outlives the evaluation. */
export function factsOf({ id, source, kind, label, vector, fitting, acceptable, rewards }: LabelledCase): CaseFacts {
  return { id, source, kind, label, vector, fitting, acceptable, rewards };
}
