import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { BenchmarkReport } from '../../backend/benchmarks/report.ts';
import { CliError } from '../cliError.ts';
import { oneOf } from '../options.ts';

const MODELS = fileURLToPath(new URL('../../../models/', import.meta.url));

/** Each benchmark is loaded only when it runs. */
const BENCHMARKS: { readonly [name: string]: () => Promise<BenchmarkReport> } = {
  engine: async () => (await import('../../backend/benchmarks/engine.ts')).benchmarkEngine(),
  decision: async () => {
    const { benchmarkDecision } = await import('../../backend/benchmarks/decision.ts');
    return benchmarkDecision({ modelsDir: process.env['OMNIGUARD_MODELS'] ?? MODELS });
  },
  server: async () => {
    const { benchmarkServer } = await import('../../backend/benchmarks/server.ts');
    return benchmarkServer({ modelsDir: process.env['OMNIGUARD_MODELS'] ?? MODELS });
  },
  store: async () => (await import('../../backend/benchmarks/store.ts')).benchmarkStore(),
  review: async () => (await import('../../backend/benchmarks/review.ts')).benchmarkReview(),
  scrolling: async () => (await import('../benchmarks/scrolling.ts')).benchmarkScrolling(),
  'training-charts': async () => (await import('../benchmarks/trainingCharts.ts')).benchmarkTrainingCharts(),
};
const NAMES = Object.keys(BENCHMARKS);

export function register(parent: Command): void {
  parent
    .command('bench')
    .description('Measures one part of OmniGuard beside its peer, in the same run.')
    .argument('<name>', NAMES.join(', '), oneOf(NAMES))
    .option('--json', 'print the report as JSON and nothing else')
    .action(run);
}

async function run(name: string, options: { readonly json?: true }): Promise<void> {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined) throw new CliError(`There is no benchmark "${name}"; known are: ${NAMES.join(', ')}.`, 2);
  const report = await benchmark();
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : benchmarkText(report));
}

/** The report for people. */
export function benchmarkText({ name, figures, ratio, table }: BenchmarkReport): string {
  const width = Math.max(0, ...figures.map((figure) => figure.name.length));
  const lines = [
    `Benchmark: ${name}`,
    '',
    ...figures.flatMap((figure) => [
      `${figure.name.padEnd(width)}  ${readable(figure.value)} ${figure.unit}`,
      ...(figure.note === undefined ? [] : [`    ${figure.note}`]),
    ]),
  ];
  if (ratio !== undefined) lines.push('', `${ratio.name}: ${readable(ratio.value)}  (${ratio.ours} / ${ratio.peer})`);
  if (table !== undefined) lines.push('', table.title, ...textTable([table.columns, ...table.rows]));
  return `${lines.join('\n')}\n`;
}

function textTable(rows: readonly (readonly (string | number | null)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '-' : typeof cell === 'number' ? readable(cell) : cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Four significant digits, whole above a thousand. */
function readable(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(4)));
}
