import type { EnvironmentFailure } from './reply.ts';
import type { Played } from './environmentSession.ts';
import { RESULTS_CLOSE, RESULTS_OPEN, type ResultOutcome, type ResultShare } from './resultBatch.ts';

/** What a worker sends back for a batch. */
export interface WrittenBatch {
  readonly outcomes: readonly ResultOutcome[];
  readonly share: ResultShare & { readonly body: Uint8Array<ArrayBuffer> };
}

const SMALLEST = 16_384;

/**
 * Writes the results of one batch into one buffer, in UTF-8, ready to be sent as they are. The long part of an
 * observation is copied from where it was encoded once.
 */
export class ResultWriter {
  private readonly outcomes: ResultOutcome[] = [];
  private readonly ends: number[] = [];
  private buffer: Buffer;
  private length = 0;

  /** @param expected bytes that will probably do */
  constructor(expected: number) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(SMALLEST, expected));
  }

  add(envId: number, played: Played | EnvironmentFailure): void {
    if (played.ok) {
      const { observation, reward, done, metadata, facts } = played;
      const opening = this.length === 0 ? RESULTS_OPEN : ',';
      this.text(`${opening}{"env_id":${envId},"observation":{`);
      this.copy(observation.body.bytes);
      this.text(`,${observation.tail}},"reward":${reward},"done":${done},"info":${metadata}}`);
      this.outcomes.push({ ok: true, done, facts });
    } else this.outcomes.push(played);
    this.ends.push(this.length);
  }

  /** Closes the body; it has an `ArrayBuffer` of its own, so it can be transferred. */
  finish(): WrittenBatch {
    const { outcomes, ends } = this;
    this.text(this.length === 0 ? RESULTS_OPEN + RESULTS_CLOSE : RESULTS_CLOSE);
    return { outcomes, share: { body: new Uint8Array(this.buffer.buffer as ArrayBuffer, 0, this.length), ends } };
  }

  private text(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    this.reserve(text.length * 3);
    this.length += this.buffer.write(text, this.length);
  }

  private copy(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }
}
