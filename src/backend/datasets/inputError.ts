import { printable } from './printable.ts';

/** What is wrong with one line of an input file. */
export interface LineProblem {
  /** Line number, from 1; null when the file as a whole is unusable. */
  readonly line: number | null;
  /** Path of the offending field, e.g. `context.transport`; null when the whole line is unusable. */
  readonly field: string | null;
  /** What was expected, in words. */
  readonly problem: string;
}

const LISTED_LINES = 8;

/** Input that cannot be used. The message is one printable line that names file, line and field. */
export class InputError extends Error {
  readonly file: string;
  readonly problems: readonly LineProblem[];

  constructor(file: string, problems: readonly LineProblem[], options?: ErrorOptions) {
    super(describe(file, problems), options);
    this.name = 'InputError';
    this.file = file;
    this.problems = problems;
  }
}

function describe(file: string, problems: readonly LineProblem[]): string {
  const [first, ...rest] = problems;
  if (first === undefined) return `${printable(file)}: unusable input`;
  const field = first.field === null ? '' : `field "${first.field}": `;
  const place = first.line === null ? file : `${file} line ${first.line}`;
  const head = `${place}: ${field}${first.problem}`;
  if (rest.length === 0) return printable(head);
  const lines = rest.slice(0, LISTED_LINES).map((problem) => problem.line);
  const more = rest.length > LISTED_LINES ? ' and more' : '';
  return printable(`${head} (also bad: line${rest.length === 1 ? '' : 's'} ${lines.join(', ')}${more})`);
}
