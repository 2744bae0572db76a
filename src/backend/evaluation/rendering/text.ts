import { printable } from '../../datasets/printable.ts';
import type { EvaluationReport } from '../../../contract/evaluationReport.ts';
import { reportSections, type Cell, type Section, type Table } from './sections.ts';

const CELL_CHARACTERS = 60;

/** The report for a terminal: aligned columns, nothing but printable characters. Ends with a line feed. */
export function textReport(report: EvaluationReport): string {
  return `${reportSections(report).map(section).join('\n\n')}\n`;
}

function section({ title, lines, table }: Section): string {
  return [
    title,
    '='.repeat(title.length),
    ...lines.map((line) => line.map((part) => show(part, 400)).join('')),
    ...(table === null ? [] : [grid(table)]),
  ].join('\n');
}

function grid({ columns, rows }: Table): string {
  if (rows.length === 0) return '(none)';
  const texts = rows.map((row) => row.map((part) => show(part, CELL_CHARACTERS)));
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...texts.map((row) => row[index]?.length ?? 0)));
  const line = (parts: readonly string[]): string =>
    parts
      .map((part, index) => (columns[index]?.align === 'right' ? part.padStart(widths[index] ?? 0) : part.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), line(widths.map((width) => '-'.repeat(width))), ...texts.map(line)].join('\n');
}

function show({ text, untrusted }: Cell, limit: number): string {
  return untrusted === true ? printable(text, limit) : text;
}
