import { renderBody } from '../../inference/prompt/renderBody.ts';
import type { CaseSource } from '../caseSource.ts';
import type { Predictor } from '../predictor.ts';
import { inTurns, turnTaker } from '../turnTaker.ts';
import { bigramFeatures } from './featureHash.ts';
import { fitLinear, linearSteps, type LinearExample } from './linearModel.ts';
import { LINEAR_TEXTS, linearPredictor, type LinearText } from './predictors.ts';
import { readTrainingFile } from './trainingFile.ts';

/**
 * Fits one linear baseline for each kind of text found in the files: raw messages (suites) and bodies (training rows).
 *
 * @throws InputError for a bad line.
 */
export async function fitOnFiles(
  files: readonly { readonly file: string; readonly name: string }[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly Predictor[]> {
  const examples: { readonly [T in LinearText]: LinearExample[] } = { raw: [], body: [] };
  const names: { readonly [T in LinearText]: string[] } = { raw: [], body: [] };
  for (const { file, name } of files) {
    const found = await readTrainingFile(file, options);
    for (const example of found.examples) examples[found.text].push(example);
    names[found.text].push(name);
  }
  return LINEAR_TEXTS.flatMap((text) =>
    examples[text].length === 0 ? [] : [linearPredictor(fitLinear(examples[text]), text, names[text].join(', '))],
  );
}

/** Fits a linear baseline on the rendered bodies of a source's cases. Lets everything else have its turn in between. */
export async function fitOnSource(source: CaseSource, options: { readonly signal?: AbortSignal } = {}): Promise<Predictor> {
  const examples: LinearExample[] = [];
  const turn = turnTaker();
  for await (const { observation, fitting } of source.cases()) {
    options.signal?.throwIfAborted();
    examples.push({ features: bigramFeatures(renderBody(observation)), action: fitting });
    await turn();
  }
  return linearPredictor(await inTurns(linearSteps(examples), options.signal), 'body', source.name);
}
