import { createStore } from 'zustand/vanilla';
import { useStore } from 'zustand';
import type { GroundTruth } from '../../../contract/episodes.ts';
import type { GuideConditions, GuideScenario } from '../../../contract/guide.ts';

/** The message that a person edits and the truth chosen for it; kept while the application runs. */
export interface EditedMessage {
  /** As typed, valid or not; null until a first example has come. */
  readonly text: string | null;
  readonly truth: GroundTruth;
  readonly conditions: GuideConditions;
  /** What the last example replaced. */
  readonly previous: Pick<EditedMessage, 'text' | 'truth'> | null;
}

export const PLAIN_CONDITIONS: GuideConditions = {
  ticksUsed: 0,
  decisionMs: 0,
  confidence: null,
  rationale: null,
  allowRun: 0,
  restrictions: null,
};

export const editedMessage = createStore<EditedMessage>(() => ({
  text: null,
  truth: { malicious: false, vector: 'none', obfuscation: [], stdioEscape: false, needs: [], fitting: 'ALLOW' },
  conditions: PLAIN_CONDITIONS,
  previous: null,
}));

export function useEditedMessage<T>(pick: (edited: EditedMessage) => T): T {
  return useStore(editedMessage, pick);
}

/** Puts an example into the editor; what was there can be brought back. */
export function editScenario({ message, truth }: Pick<GuideScenario, 'message' | 'truth'>): void {
  editedMessage.setState(({ text, truth: before }) => ({
    text: JSON.stringify(message, null, 2),
    truth,
    previous: text === null ? null : { text, truth: before },
  }));
}

export function bringBack(): void {
  editedMessage.setState(({ previous, text, truth }) => (previous === null ? {} : { ...previous, previous: { text, truth } }));
}

export type ParsedText = { readonly value: unknown; readonly problem: null } | { readonly value: null; readonly problem: string };

/** The JSON of the editor; a problem says where it stops being JSON. */
export function parseText(text: string): ParsedText {
  if (text.trim() === '') return { value: null, problem: 'The message is empty: write one JSON object with kind, message and context.' };
  try {
    return { value: JSON.parse(text) as unknown, problem: null };
  } catch (error) {
    return { value: null, problem: `The message is not valid JSON: ${error instanceof Error ? error.message : 'unreadable'}.` };
  }
}
