import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EvaluationReport } from '../../contract/evaluationReport.ts';
import { markdownReport } from './rendering/markdown.ts';
import { reliabilitySvg } from './rendering/reliabilitySvg.ts';

/** Writes report.json, report.md and reliability.svg into `directory`, which is made when missing; returns the paths. */
export async function writeReport(directory: string, report: EvaluationReport): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const files: readonly (readonly [string, string])[] = [
    ['report.json', `${JSON.stringify(report, null, 2)}\n`],
    ['report.md', markdownReport(report, 'reliability.svg')],
    ['reliability.svg', reliabilitySvg(report)],
  ];
  const written: string[] = [];
  for (const [name, content] of files) {
    const file = path.join(directory, name);
    await writeFile(file, content, 'utf8');
    written.push(file);
  }
  return written;
}
