import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { JsonValue } from '../../../contract/json.ts';
import { RunsError } from '../runsError.ts';
import { isObject, metricValue, parseExtendedJson } from './extendedJson.ts';
import { toRunsError } from './fileTail.ts';
import { RunDraft } from './runDraft.ts';
import type { RunReader } from './runReader.ts';

const MOST_BYTES = 256 * 1024 * 1024;

/** `trainer_state.json` of TRL and Transformers: `log_history` holds the points, the rest is configuration. */
export class TrainerStateReader implements RunReader {
  readonly format = 'trainer_state';
  readonly group: string;
  readonly drafts: readonly [RunDraft];
  readonly notes: readonly string[] = [];
  private readonly path: string;
  private stamp = '';
  private taken = 0;
  private hash = '';

  constructor(path: string) {
    this.path = path;
    const folder = dirname(path);
    const checkpoint = /^checkpoint-\d+$/.test(basename(folder));
    this.group = basename(checkpoint ? dirname(folder) : folder) || 'trainer';
    this.drafts = [new RunDraft('', checkpoint ? `${this.group} ${basename(folder)}` : this.group)];
  }

  /** @throws RunsError when the file, read for the first time, is not a trainer state */
  advance(): 'end' | 'replaced' {
    let text: string;
    try {
      const { size, mtimeMs, ino } = statSync(this.path);
      const stamp = `${size} ${mtimeMs} ${ino}`;
      if (stamp === this.stamp) return 'end';
      if (size > MOST_BYTES) throw new RunsError('UNREADABLE', 'The trainer state is over 256 MiB.');
      text = readFileSync(this.path, 'utf8');
      this.stamp = stamp;
    } catch (error) {
      throw toRunsError(error);
    }
    const state = parseExtendedJson(text);
    const log = isObject(state) ? state['log_history'] : undefined;
    if (!isObject(state) || !Array.isArray(log)) {
      // A file that was fine before is being written at this moment.
      if (this.hash !== '') return 'end';
      throw new RunsError('UNREADABLE', 'This is not a trainer state: it has no log_history.');
    }
    const entries = log as readonly JsonValue[];
    if (entries.length < this.taken) return 'replaced';
    this.hash = createHash('sha256').update(text).digest('hex');
    this.take(state, entries);
    return 'end';
  }

  sha256(): string {
    return this.hash;
  }

  close(): void {
    this.stamp = '';
  }

  private take(state: { readonly [key: string]: JsonValue }, log: readonly JsonValue[]): void {
    const [run] = this.drafts;
    for (const entry of log.slice(this.taken)) {
      if (!isObject(entry)) {
        run.leaveOut('entries that are not objects');
        continue;
      }
      const step = metricValue(entry['step']);
      run.addRow({
        step: step !== null && Number.isFinite(step) ? step : run.rows,
        time: Number.NaN,
        metrics: Object.entries(entry).filter(([key]) => key !== 'step'),
      });
    }
    this.taken = log.length;
    const { log_history: _log, stateful_callbacks: _callbacks, ...settings } = state;
    run.addConfig(settings);
    const [steps, most] = [metricValue(state['global_step']), metricValue(state['max_steps'])];
    if (steps !== null && most !== null && most > 0 && steps >= most) run.end = 'finished';
  }
}
