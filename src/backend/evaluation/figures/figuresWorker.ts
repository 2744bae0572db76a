import { parentPort } from 'node:worker_threads';
import { serveJobs } from '../../workers/serveJobs.ts';
import { EvaluationError } from '../evaluationError.ts';
import { readEvaluationFile } from '../evaluationFile.ts';
import type { Outcome } from '../outcome.ts';
import type { FiguresJobs } from './figuresJobs.ts';
import { finishRun } from './finishRun.ts';
import { thresholdSweep } from './thresholdSweep.ts';

/** Keeps and counts outcomes while the main thread goes on. */
const kept: Outcome[][] = [];

serveJobs<FiguresJobs>(
  parentPort,
  {
    add: (batch) => {
      batch.forEach((outcomes, system) => (kept[system] ??= []).push(...outcomes));
      return undefined;
    },
    finish: (run) => finishRun(run, kept),
    read: async (path) => {
      const { summary, report, roc, mistakes, cases } = await readEvaluationFile(path);
      return { summary, report, roc, mistakes, threshold: thresholdSweep(cases) };
    },
    message: async ({ path, case: place }) => {
      const { mistakes, messages } = await readEvaluationFile(path);
      return messages[mistakes.findIndex((mistake) => mistake.case === place)] ?? null;
    },
  },
  { codeOf: (error) => (error instanceof EvaluationError ? error.code : error instanceof RangeError ? 'UNREADABLE' : null) },
);
