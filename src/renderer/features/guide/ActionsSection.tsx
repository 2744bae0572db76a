import type { Action } from '../../../contract/actions.ts';
import { ACTIONS } from '../../../contract/actions.ts';
import { ActionChip } from '../../widgets/ActionChip.tsx';
import { ActionTable } from './ActionTable.tsx';
import { CriticView } from './CriticView.tsx';
import { Demonstration } from './Demonstration.tsx';
import styles from './Guide.module.css';
import { MessageEditor } from './MessageEditor.tsx';
import { ObservedView } from './ObservedView.tsx';
import { useWeighed } from './useWeighed.ts';

const EFFECTS: { readonly [A in Action]: string } = {
  ALLOW: 'Forwards the message as it is.',
  BLOCK: 'Rejects it and puts it into quarantine. A STDIO escape goes on, because its channel stays open.',
  SPOTLIGHT: 'Holds it, marks its untrusted text as data and hands it to an analyst, who releases what is harmless.',
  SEMANTIC_DIFF: 'Has the critic compare it with its reference: drift stops it, no drift forwards it a little late.',
  CAPABILITY_MEDIATION:
    'Forwards it with capabilities taken away: enough if they cover all that the threat needs, harmless if the work needs none of them.',
  REVOKE_STDIO:
    'Severs the server’s STDIO channel: the only action that stops a STDIO escape, and the dearest mistake on a benign message.',
};

export function ActionsSection() {
  const { asked, inputProblem } = useWeighed({ plain: true });
  return (
    <>
      <p>
        The effect of an action on the message decides the verdict: threat stopped (TP), benign passed (TN), false alarm (FP), breach (FN).
      </p>
      <dl className={styles['terms']}>
        {ACTIONS.map((action) => (
          <div key={action} className={styles['term']}>
            <dt>
              <ActionChip action={action} />
            </dt>
            <dd>{EFFECTS[action]}</dd>
          </div>
        ))}
      </dl>
      <Demonstration
        label="Edit a message, and see what each action would do to it"
        testId="guide-actions"
        asked={asked}
        inputProblem={inputProblem}
        controls={<MessageEditor invalid={inputProblem !== null || asked.problem !== null} />}
      >
        {(weighed) => (
          <>
            <ActionTable weighed={weighed} reasons="effect" />
            <h3>The defender sees</h3>
            <ObservedView observed={weighed.observed} />
            <h3>The critic</h3>
            <CriticView critic={weighed.critic} compared={weighed.compared} />
          </>
        )}
      </Demonstration>
    </>
  );
}
