import { useCallback, useMemo } from 'react';
import type { GuideActions } from '../../../contract/guide.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { parseText, PLAIN_CONDITIONS, useEditedMessage } from './editedMessage.ts';
import { useQuestion, type Answered } from './useQuestion.ts';

/** The six actions on the edited message. `plain` leaves the chosen conditions of the reward aside. */
export function useWeighed({ plain }: { readonly plain: boolean }): {
  readonly asked: Answered<GuideActions>;
  readonly inputProblem: string | null;
} {
  const { client } = usePlatform();
  const text = useEditedMessage((edited) => edited.text);
  const truth = useEditedMessage((edited) => edited.truth);
  const chosen = useEditedMessage((edited) => edited.conditions);
  const parsed = useMemo(() => (text === null ? null : parseText(text)), [text]);
  const ask = useCallback(
    (input: Parameters<typeof client.guide.actions>[0], signal: AbortSignal) => client.guide.actions(input, { signal }),
    [client],
  );
  const { restrictions, ...rest } = plain ? PLAIN_CONDITIONS : chosen;
  const input =
    parsed === null || parsed.problem !== null
      ? null
      : {
          message: parsed.value,
          truth: { ...truth, obfuscation: [...truth.obfuscation], needs: [...truth.needs] },
          conditions: { ...rest, restrictions: restrictions === null ? null : [...restrictions] },
        };
  return { asked: useQuestion(input, ask), inputProblem: parsed?.problem ?? null };
}
