import { useCallback, useState } from 'react';
import type { GuidePoliciesInput } from '../../../contract/guide.ts';
import type { Phase } from '../../../contract/observation.ts';
import { count, signed, words } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Demonstration } from './Demonstration.tsx';
import { PhaseField, SeedButton } from './fields.tsx';
import styles from './Guide.module.css';
import { useFacts } from './FactsContext.ts';
import { useQuestion } from './useQuestion.ts';

export function ProblemSection() {
  const { config } = useFacts();
  return (
    <>
      <p>
        An agent speaks to its tools over the Model Context Protocol (MCP). Every tool list, call, result, resource, sampling request and
        launch entry is a JSON-RPC message, and each of them can carry an attack: an order hidden in a tool’s description, data sent to a
        stranger in a call, a launch entry that opens a shell. A gateway in between decides about every message.
      </p>
      <p>
        It can be wrong in two ways. Blocking too much stops work; blocking too little lets the network be breached. The distance between a
        defender’s decisions and the ones that fit is the <strong>Action Calibration Gap</strong>. Below, five simple policies decide about
        the same episodes of {config.episodeLength} messages; an episode ends with its first breach. Only the oracle knows the truth.
      </p>
      <Policies />
    </>
  );
}

function Policies() {
  const { client } = usePlatform();
  const [phase, setPhase] = useState<Phase>('bootstrapping');
  const [seed, setSeed] = useState(1);
  const ask = useCallback((input: GuidePoliciesInput, signal: AbortSignal) => client.guide.policies(input, { signal }), [client]);
  const asked = useQuestion({ phase, seed }, ask);
  return (
    <Demonstration
      label="Five policies on the same messages"
      testId="guide-policies"
      asked={asked}
      controls={
        <>
          <PhaseField value={phase} onChange={setPhase} testId="guide-policies-phase" />
          <SeedButton seed={seed} onChange={setSeed} testId="guide-policies-seed" />
        </>
      }
    >
      {(policies) => (
        <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Figures of the policies">
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">Policy</th>
                <th scope="col">Messages decided</th>
                <th scope="col">Threats stopped</th>
                <th scope="col">Breaches</th>
                <th scope="col">Benign passed</th>
                <th scope="col">False alarms</th>
                <th scope="col">Reward a step</th>
              </tr>
            </thead>
            <tbody>
              {policies.map(({ name, family, steps, truePositives, breaches, trueNegatives, falsePositives, meanReward, episodes }) => (
                <tr key={name}>
                  <th scope="row">{family === 'constant' ? `always ${words(name)}` : name}</th>
                  <td>{count(steps)}</td>
                  <td>{count(truePositives)}</td>
                  <td>
                    {count(breaches)} of {count(episodes)} episodes
                  </td>
                  <td>{count(trueNegatives)}</td>
                  <td>{count(falsePositives)}</td>
                  <td className={styles['total']}>{signed(meanReward)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Demonstration>
  );
}
