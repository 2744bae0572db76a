/** The jobs of a worker: what each is given and answers with. Both are cloned on their way between the threads. */
export interface JobTypes {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
}

export type JobName<J extends JobTypes> = keyof J & string;

/** Number of a job, counted by the near side. */
export type ToWorker =
  | { readonly type: 'job'; readonly number: number; readonly name: string; readonly input: unknown }
  | { readonly type: 'cancel'; readonly number: number }
  /** Cancels what runs, lets it come to its end, and ends the thread. */
  | { readonly type: 'end' };

/** An error as it crosses the threads, where classes do not survive. */
export interface JobFailure {
  /** Null: the failure has no sentence for people. */
  readonly code: string | null;
  readonly message: string;
}

export type FromWorker =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly failure: JobFailure };
