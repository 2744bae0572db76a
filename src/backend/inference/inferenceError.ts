export type InferenceProblem =
  /** No entry, or no file where the manifest says it is. */
  | 'missing'
  /** The file is not what the manifest describes: truncated, altered or not a GGUF. */
  | 'damaged'
  /** The file is sound, but this program cannot use it. */
  | 'incompatible'
  /** Not enough memory, or the runtime refused for another reason. */
  | 'runtime'
  /** The model was unloaded while the work was waiting or under way. */
  | 'disposed';

/** A model could not be loaded or used. `message` is one clear sentence for people that says what to do. */
export class InferenceError extends Error {
  readonly problem: InferenceProblem;

  constructor(problem: InferenceProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InferenceError';
    this.problem = problem;
  }
}
