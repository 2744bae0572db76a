import type { JsonValue } from '../../contract/json.ts';
import type { LaneStep } from '../../contract/live.ts';

/**
 * Bytes that a step takes once written as JSON, roughly: texts and a fixed part for everything else.
 * Messages of several megabytes are legal, and what is kept of them must be bounded.
 */
export function approximateBytes(step: LaneStep): number {
  return 2_000 + step.normalizedText.length + textLength(step.message as unknown as JsonValue);
}

function textLength(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 4;
  let length = 2;
  for (const [key, item] of Object.entries(value)) length += key.length + 3 + textLength(item);
  return length;
}

/** The latest steps of both lanes, bounded in number and in bytes; the newest is always kept. */
export class RecentSteps {
  private readonly steps: { readonly step: LaneStep; readonly bytes: number }[] = [];
  private readonly limits: { readonly steps: number; readonly bytes: number };
  private bytes = 0;

  constructor(limits: { readonly steps: number; readonly bytes: number }) {
    this.limits = limits;
  }

  add(step: LaneStep): void {
    const bytes = approximateBytes(step);
    this.steps.push({ step, bytes });
    this.bytes += bytes;
    while (this.steps.length > 1 && (this.steps.length > this.limits.steps || this.bytes > this.limits.bytes)) {
      this.bytes -= this.steps.shift()?.bytes ?? 0;
    }
  }

  /** Oldest first. */
  snapshot(): readonly LaneStep[] {
    return this.steps.map(({ step }) => step);
  }
}
