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

/** Everything of a message that is the same whenever it is seen, written once per message object. */
const written = new WeakMap<GatewayMessage, string>();

/**
 * A `WireObservation` as JSON text. Streams keep their message objects, so a seed that is played again, as every
 * group of rollouts does, costs a lookup instead of writing some kilobytes of JSON.
 */
export function observationJson(observation: Observation, position: number): string {
  const { message, budgetLeft, memory, phase } = observation;
  let fixed = written.get(message);
  if (fixed === undefined) written.set(message, (fixed = messageJson(observation)));
  return `{"prompt":${JSON.stringify(renderBody(observation))},${fixed},${frameJson({ position, budgetLeft, memory, phase })}}`;
}

/** What is left to see once the episode is over: no message, but how it went. */
export function lastObservationJson(frame: ObservationFrame): string {
  const nothing = '"prompt":"","message":null,"normalized_text":"","layers":[],"hints":[],"exercised":[],"embedding":[]';
  return `{${nothing},${frameJson(frame)}}`;
}

function messageJson({ message, normalizedText, layers, hints, exercised, embedding }: Observation): string {
  const fields = { message, normalized_text: normalizedText, layers, hints, exercised, embedding: embedding.map(sixDecimals) };
  return JSON.stringify(fields).slice(1, -1);
}

function frameJson({ position, budgetLeft, memory, phase }: ObservationFrame): string {
  return `"budget_left":${budgetLeft},"memory":${JSON.stringify(memory)},"phase":"${phase}","position":${position}`;
}

function sixDecimals(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
