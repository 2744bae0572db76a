import { printable } from '../../datasets/printable.ts';
import type { EvaluationReport } from '../../../contract/evaluationReport.ts';
import { reportSections, type Cell, type Section, type Table } from './sections.ts';

const PLAIN_NAME = /^[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*$/;

/** The report as CommonMark with pipe tables; untrusted names are escaped, so they stay words. `image`: file name of the diagram. */
export function markdownReport(report: EvaluationReport, image: string): string {
  const [first, ...rest] = reportSections(report).map(section);
  return `${[`# ${first ?? ''}`, `![Reliability diagram](${image})`, ...rest.map((text) => `## ${text}`)].join('\n\n')}\n`;
}

function section({ title, lines, table }: Section): string {
  return [title, ...lines.map((line) => line.map(show).join('')), ...(table === null ? [] : [grid(table)])].join('\n\n');
}

function grid({ columns, rows }: Table): string {
  if (rows.length === 0) return '(none)';
  const line = (parts: readonly string[]): string => `| ${parts.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : ':---'))),
    ...rows.map((row) => line(row.map(show))),
  ].join('\n');
}

/** Everything that starts markup in CommonMark or its tables; CommonMark lets each of them be escaped. */
const MARKUP = /[\\`*_{}[\]<>()#+\-!|~&$@:/=^]|(?<=www)\./gi;

/** Untrusted text as words: no markup, and no address that a reader would turn into a link. */
function show({ text, untrusted }: Cell): string {
  if (untrusted !== true || PLAIN_NAME.test(text)) return text;
  return printable(text, 400).replace(MARKUP, '\\$&');
}
