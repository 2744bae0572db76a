import { useCallback, useState } from 'react';
import { GUIDE_POSITIONS, type GuideMessageInput, type GuideScenario } from '../../../contract/guide.ts';
import type { Phase } from '../../../contract/observation.ts';
import { goToPlace, placeHref } from '../../app/useRoute.ts';
import { words } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { JsonView } from '../../widgets/JsonView.tsx';
import { Demonstration } from './Demonstration.tsx';
import { editScenario } from './editedMessage.ts';
import { PhaseField, RangeField, SeedButton } from './fields.tsx';
import styles from './Guide.module.css';
import { ObservedView } from './ObservedView.tsx';
import { useQuestion } from './useQuestion.ts';

export function AgentsSection() {
  return (
    <>
      <dl className={styles['terms']}>
        <dt>Adversary</dt>
        <dd>Part of the environment. It mixes attacks into benign sessions, disguises them, and answers blocks with disguised retries.</dd>
        <dt>Defenders</dt>
        <dd>
          Two local language models, the untrained <em>baseline</em> and the trained <em>OmniGuard</em>. Each sees an observation and
          answers with one of six actions; both are offered the same stream of messages.
        </dd>
        <dt>Semantic critic</dt>
        <dd>Measures how far a message drifts from its reference, when a defender asks for that.</dd>
        <dt>Verifier</dt>
        <dd>Checks every decision before it is rewarded, among others for words aimed at the grader.</dd>
        <dt>Analyst</dt>
        <dd>
          A person, who decides what the models dispute. <a href={placeHref('review')}>Review</a> holds the queue.
        </dd>
      </dl>
      <p>
        No label reaches a defender: the observation holds only what a gateway can compute from the message and its own past decisions. The
        truth is revealed after the action.
      </p>
      <Messages />
    </>
  );
}

function Messages() {
  const { client } = usePlatform();
  const [phase, setPhase] = useState<Phase>('evasion_obfuscation');
  const [seed, setSeed] = useState(1);
  const [position, setPosition] = useState(1);
  const ask = useCallback((input: GuideMessageInput, signal: AbortSignal) => client.guide.message(input, { signal }), [client]);
  const asked = useQuestion<GuideMessageInput, GuideScenario>({ phase, split: 'test', seed, position }, ask);
  return (
    <Demonstration
      label="One message, seen by the defender and by the environment"
      testId="guide-message"
      asked={asked}
      controls={
        <>
          <PhaseField value={phase} onChange={setPhase} testId="guide-message-phase" />
          <SeedButton seed={seed} onChange={setSeed} testId="guide-message-seed" />
          <RangeField
            label="Message"
            value={position + 1}
            min={1}
            max={GUIDE_POSITIONS}
            shown={`${position + 1} of ${GUIDE_POSITIONS}`}
            onChange={(value) => setPosition(value - 1)}
            testId="guide-message-position"
          />
        </>
      }
    >
      {(scenario) => <Scenario scenario={scenario} />}
    </Demonstration>
  );
}

function Scenario({ scenario }: { readonly scenario: GuideScenario }) {
  const { message, truth, observed } = scenario;
  const { context } = message;
  return (
    <>
      <h3>The defender sees</h3>
      <p className={styles['muted']}>
        {words(message.kind)} of <HostileText text={context.server} /> over {context.transport}
        {context.userTask === undefined ? null : (
          <>
            ; user task: <HostileText text={context.userTask.slice(0, 400)} />
          </>
        )}
      </p>
      <div className={styles['json']} tabIndex={0} role="group" aria-label="Message as JSON">
        <JsonView value={message.message} />
      </div>
      <ObservedView observed={observed} />
      <h3>Only the environment knows</h3>
      <dl className={styles['facts']} data-testid="guide-truth">
        <dt>Truth</dt>
        <dd>
          {truth.malicious ? `malicious, ${words(truth.vector)}` : `benign, ${words(truth.vector)}`}
          {truth.stdioEscape ? ', STDIO escape' : ''}
          {truth.chain === undefined ? '' : `, ${truth.chain.stage} of an attack chain`}
        </dd>
        <dt>Disguises</dt>
        <dd>{truth.obfuscation.length === 0 ? 'none' : truth.obfuscation.map(words).join(', then ')}</dd>
        <dt>{truth.malicious ? 'The threat needs' : 'The work needs'}</dt>
        <dd>{truth.needs.length === 0 ? 'no capability' : truth.needs.join(', ')}</dd>
        <dt>Fitting action</dt>
        <dd>{words(truth.fitting)}</dd>
      </dl>
      <div>
        <Button
          testId="guide-edit"
          onClick={() => {
            editScenario(scenario);
            goToPlace(placeHref('guide', { path: ['actions'] }));
          }}
        >
          Edit this message in The six actions
        </Button>
      </div>
    </>
  );
}
