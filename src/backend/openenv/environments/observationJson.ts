import type { GatewayMessage } from '../../../contract/messages.ts';
import type { MemoryEntry, Observation, Phase } from '../../../contract/observation.ts';
import { renderBody } from '../../inference/prompt/renderBody.ts';

/** What an observation holds beside the message and what follows from it. */
export interface ObservationFrame {
  readonly position: number;
  readonly budgetLeft: number;
  readonly memory: readonly MemoryEntry[];
  readonly phase: Phase;
}

/** A `WireObservation` as JSON in two pieces: `{body,tail}`. The body is long, and the same whenever its message is seen. */
export interface ObservationPieces {
  readonly body: MessageText;
  readonly tail: string;
}

/**
 * Everything of a message that is the same whenever it is seen, as JSON members, in the form that is asked for. Streams
 * keep their message objects, so a seed that is played again, as every group of rollouts does, costs a copy.
 */
export class MessageText {
  private readonly write: () => string;
  private text_: string | null = null;
  private bytes_: Uint8Array | null = null;

  constructor(write: () => string) {
    this.write = write;
  }

  get text(): string {
    return (this.text_ ??= this.write());
  }

  /** In UTF-8. */
  get bytes(): Uint8Array {
    return (this.bytes_ ??= Buffer.from(this.text_ ?? this.write(), 'utf8'));
  }
}

const written = new WeakMap<GatewayMessage, MessageText>();
const NOTHING = new MessageText(
  () => '"prompt":"","message":null,"normalized_text":"","layers":[],"hints":[],"exercised":[],"embedding":[]',
);

export function observationPieces(observation: Observation, position: number): ObservationPieces {
  const { message, budgetLeft, memory, phase } = observation;
  let body = written.get(message);
  if (body === undefined) written.set(message, (body = new MessageText(() => messageMembers(observation))));
  return { body, tail: frameMembers({ position, budgetLeft, memory, phase }) };
}

/** What is left to see once the episode is over: no message, but how it went. */
export function lastObservationPieces(frame: ObservationFrame): ObservationPieces {
  return { body: NOTHING, tail: frameMembers(frame) };
}

/** The whole observation as JSON text. */
export function observationJson({ body, tail }: ObservationPieces): string {
  return `{${body.text},${tail}}`;
}

function messageMembers(observation: Observation): string {
  const { message, normalizedText, layers, hints, exercised, embedding } = observation;
  const fields = {
    prompt: renderBody(observation),
    message,
    normalized_text: normalizedText,
    layers,
    hints,
    exercised,
    embedding: embedding.map(sixDecimals),
  };
  return JSON.stringify(fields).slice(1, -1);
}

const entries = new WeakMap<MemoryEntry, string>();

function frameMembers({ position, budgetLeft, memory, phase }: ObservationFrame): string {
  let past = '';
  for (const entry of memory) {
    let text = entries.get(entry);
    if (text === undefined) entries.set(entry, (text = JSON.stringify(entry)));
    past += past === '' ? text : `,${text}`;
  }
  return `"budget_left":${budgetLeft},"memory":[${past}],"phase":"${phase}","position":${position}`;
}

function sixDecimals(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
