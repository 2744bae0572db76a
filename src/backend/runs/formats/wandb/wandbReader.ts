import { basename } from 'node:path';
import { SYSTEM_PREFIX } from '../../../../contract/runMetrics.ts';
import { RunsError } from '../../runsError.ts';
import { metricValue } from '../extendedJson.ts';
import { FileTail } from '../fileTail.ts';
import { RunDraft } from '../runDraft.ts';
import type { RunReader } from '../runReader.ts';
import { LevelLogReader } from './levelLog.ts';
import { ProtobufError } from './protobuf.ts';
import { readWandbRecord, type WandbItem, type WandbRecord } from './wandbRecords.ts';

/** An offline run of wandb: `run-<id>.wandb`. */
export class WandbReader implements RunReader {
  readonly format = 'wandb';
  private readonly tail: FileTail;
  private readonly log = new LevelLogReader();
  private readonly run: RunDraft;
  private project = '';
  private undecodable = 0;
  private statistics = 0;

  constructor(path: string) {
    this.tail = new FileTail(path);
    this.run = new RunDraft('', basename(path).replace(/^run-|\.wandb$/g, ''));
  }

  get group(): string {
    return this.project === '' ? 'wandb' : this.project;
  }

  get drafts(): readonly RunDraft[] {
    return [this.run];
  }

  get notes(): readonly string[] {
    const damaged = this.log.damaged + this.undecodable;
    return damaged === 0 ? [] : [`${damaged} damaged records skipped.`];
  }

  advance(): 'more' | 'end' | 'replaced' {
    const piece = this.tail.read();
    if (piece === null) return 'replaced';
    if (piece.length === 0) return 'end';
    const entries = this.log.push(piece);
    if (!this.log.valid) throw new RunsError('UNREADABLE', 'This is not a wandb run: its first bytes are wrong.');
    for (const bytes of entries) {
      try {
        const record = readWandbRecord(bytes);
        if (record !== null) this.take(record);
      } catch (error) {
        if (!(error instanceof ProtobufError)) throw error;
        this.undecodable += 1;
      }
    }
    return 'more';
  }

  sha256(): string {
    return this.tail.sha256();
  }

  close(): void {
    this.tail.close();
  }

  private take(record: WandbRecord): void {
    const { run } = this;
    switch (record.kind) {
      case 'history': {
        const seconds = numberOf(record.items, '_timestamp');
        run.addRow({
          step: record.step ?? numberOf(record.items, '_step') ?? run.rows,
          time: seconds === null ? Number.NaN : seconds * 1_000,
          // Names that start with an underscore are axes.
          metrics: record.items.filter(([key]) => !key.startsWith('_')),
        });
        break;
      }
      case 'stats':
        run.addRow({
          step: this.statistics,
          time: record.timestamp === null ? Number.NaN : record.timestamp * 1_000,
          metrics: record.items.map(([key, value]) => [`${SYSTEM_PREFIX}${key}`, value] as const),
        });
        run.rows -= 1;
        this.statistics += 1;
        break;
      case 'config':
        run.addConfig(visible(record.items));
        break;
      case 'summary':
        run.addSummary(visible(record.items));
        break;
      case 'run':
        if (record.name !== '') run.name = record.name.slice(0, 200);
        else if (record.id !== '') run.name = record.id.slice(0, 200);
        this.project = record.project.slice(0, 200);
        if (record.startTime !== null) run.startedAt = isoTime(record.startTime * 1_000);
        run.addConfig(visible(record.config));
        break;
      case 'exit':
        run.end = record.code === 0 ? 'finished' : 'failed';
        break;
    }
  }
}

/** An ISO time, null when the number is beyond what a date can be. */
export function isoTime(milliseconds: number): string | null {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** `_wandb` and its like describe the tool, not the run. */
function visible(items: readonly WandbItem[]): Record<string, WandbItem[1]> {
  return Object.fromEntries(items.filter(([key]) => !key.startsWith('_')));
}

function numberOf(items: readonly WandbItem[], key: string): number | null {
  const value = metricValue(items.find(([name]) => name === key)?.[1]);
  return value !== null && Number.isFinite(value) ? value : null;
}
