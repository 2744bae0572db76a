import { basename, dirname } from 'node:path';
import type { JsonValue } from '../../../contract/json.ts';
import { isObject, metricValue, parseExtendedJson } from './extendedJson.ts';
import { evaluationDrafts } from './evaluationFile.ts';
import { FileTail, sourceStamp } from './fileTail.ts';
import { LIMITS, RunDraft } from './runDraft.ts';
import type { RunReader } from './runReader.ts';

const MOST_LINE_BYTES = 4 * 1024 * 1024;
const STEP_KEYS = ['_step', 'step', 'global_step', 'train/global_step', 'trainer/global_step'];
/** Seconds since 1970. */
const TIMESTAMP_KEYS = ['_timestamp', 'timestamp'];
/** Seconds since the run began. */
const RUNTIME_KEYS = ['_runtime', 'seconds', 'runtime'];
/** Stages of one training count their steps anew, so each is a run. */
const STAGE_KEY = 'stage';
const AXES = new Set([...STEP_KEYS, ...TIMESTAMP_KEYS, ...RUNTIME_KEYS, STAGE_KEY]);

/** One JSON object a line: `wandb-history.jsonl`, our own `history.jsonl`, and the like. */
export class JsonLinesReader implements RunReader {
  readonly format = 'json_lines';
  readonly group: string;
  private readonly tail: FileTail;
  private readonly byStage = new Map<string, RunDraft>();
  private readonly path: string;
  private evaluations: readonly RunDraft[] = [];
  private evaluationStamp = '';
  private readonly decoder = new TextDecoder();
  private rest: Uint8Array<ArrayBufferLike> = new Uint8Array();
  private skipping = false;
  private badLines = 0;
  private longLines = 0;
  private extraRuns = 0;

  /** @param path also read are `evaluation.json` and `summary.json` beside it: each model evaluated is a run with a summary only */
  constructor(path: string) {
    this.path = path;
    this.tail = new FileTail(path);
    this.group = groupName(path);
  }

  get drafts(): readonly RunDraft[] {
    return [...this.byStage.values(), ...(this.byStage.size === 0 ? [] : this.evaluations)];
  }

  get notes(): readonly string[] {
    return [
      ...(this.badLines === 0 ? [] : [`${this.badLines} lines are not JSON objects.`]),
      ...(this.longLines === 0 ? [] : [`${this.longLines} lines over 4 MiB left out.`]),
      ...(this.extraRuns === 0 ? [] : [`${this.extraRuns} lines of runs beyond ${LIMITS.runs} left out.`]),
    ];
  }

  advance(): 'more' | 'end' | 'replaced' {
    const piece = this.tail.read();
    if (piece === null) return 'replaced';
    if (piece.length === 0) {
      this.readEvaluations();
      // A last line without a line break may still be growing; a whole object counts.
      if (this.rest.length > 0 && !this.skipping && parseLine(this.decoder.decode(this.rest)) !== null) this.flushRest();
      return 'end';
    }
    let start = 0;
    for (;;) {
      const end = piece.indexOf(0x0a, start);
      if (end < 0) break;
      this.line(piece.subarray(start, end));
      start = end + 1;
    }
    this.keep(piece.subarray(start));
    return 'more';
  }

  sha256(): string {
    return this.tail.sha256();
  }

  close(): void {
    this.tail.close();
  }

  /** An evaluation comes after the training that a person follows. */
  private readEvaluations(): void {
    const stamp = sourceStamp(this.path);
    if (stamp === this.evaluationStamp) return;
    this.evaluationStamp = stamp;
    this.evaluations = evaluationDrafts(dirname(this.path));
  }

  private line(end: Uint8Array): void {
    if (this.skipping) {
      this.skipping = false;
      return;
    }
    this.keep(end);
    if (!this.skipping) this.flushRest();
    this.skipping = false;
  }

  private flushRest(): void {
    const text = this.decoder.decode(this.rest);
    this.rest = new Uint8Array();
    if (text.trim() === '') return;
    const row = parseLine(text);
    if (row === null) this.badLines += 1;
    else this.add(row);
  }

  private keep(bytes: Uint8Array): void {
    if (this.skipping || bytes.length === 0) return;
    if (this.rest.length + bytes.length > MOST_LINE_BYTES) {
      this.rest = new Uint8Array();
      this.skipping = true;
      this.longLines += 1;
      return;
    }
    const joined = new Uint8Array(this.rest.length + bytes.length);
    joined.set(this.rest);
    joined.set(bytes, this.rest.length);
    this.rest = joined;
  }

  private add(row: { readonly [key: string]: JsonValue }): void {
    const draft = this.draftOf(typeof row[STAGE_KEY] === 'string' ? row[STAGE_KEY] : '');
    if (draft === null) return;
    const seconds = firstNumber(row, TIMESTAMP_KEYS) ?? firstNumber(row, RUNTIME_KEYS);
    draft.addRow({
      step: firstNumber(row, STEP_KEYS) ?? draft.rows,
      time: seconds === null ? Number.NaN : seconds * 1_000,
      metrics: Object.entries(row).filter(([key]) => !AXES.has(key) && !key.startsWith('_')),
    });
  }

  private draftOf(stage: string): RunDraft | null {
    const known = this.byStage.get(stage);
    if (known !== undefined) return known;
    if (this.byStage.size >= LIMITS.runs) {
      this.extraRuns += 1;
      return null;
    }
    const draft = new RunDraft(stage, stage === '' ? this.group : `${this.group} ${stage}`);
    this.byStage.set(stage, draft);
    return draft;
  }
}

function parseLine(text: string): { readonly [key: string]: JsonValue } | null {
  const value = parseExtendedJson(text);
  return isObject(value) ? value : null;
}

function firstNumber(row: { readonly [key: string]: JsonValue }, keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = metricValue(row[key]);
    if (value !== null && Number.isFinite(value)) return value;
  }
  return null;
}

/** `runs/nano/history.jsonl` is `nano`; a name that says more than “history” is its own. */
function groupName(path: string): string {
  const name = basename(path).replace(/\.jsonl?$/i, '');
  return /^(wandb-)?history$/i.test(name) ? basename(dirname(path)) : name;
}
