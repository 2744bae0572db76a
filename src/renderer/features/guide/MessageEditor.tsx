import { useCallback, useEffect, useState } from 'react';
import { ACTIONS, CAPABILITIES, type Capability } from '../../../contract/actions.ts';
import type { GroundTruth } from '../../../contract/episodes.ts';
import { GUIDE_POSITIONS } from '../../../contract/guide.ts';
import { ACTION_NAMES } from '../../lib/format.ts';
import { describeError } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { bringBack, editedMessage, editScenario, useEditedMessage } from './editedMessage.ts';
import { CheckField, TextField } from './fields.tsx';
import styles from './Guide.module.css';

/** A real attack, disguised, that several actions stop in different ways. */
const FIRST_EXAMPLE = { phase: 'evasion_obfuscation', split: 'test', seed: 1, position: 1 } as const;

const SIDES = ['benign', 'malicious', 'escape'] as const;
type Side = (typeof SIDES)[number];
const SIDE_NAMES: { readonly [S in Side]: string } = { benign: 'Benign', malicious: 'Malicious', escape: 'Malicious, STDIO escape' };

function sideOf({ malicious, stdioEscape }: GroundTruth): Side {
  return malicious ? (stdioEscape ? 'escape' : 'malicious') : 'benign';
}

function setTruth(change: Partial<GroundTruth>): void {
  editedMessage.setState(({ truth }) => ({ truth: { ...truth, ...change } }));
}

function setSide(side: Side): void {
  setTruth({
    malicious: side !== 'benign',
    stdioEscape: side === 'escape',
    fitting: side === 'benign' ? 'ALLOW' : side === 'escape' ? 'REVOKE_STDIO' : 'BLOCK',
  });
}

/** The message as JSON text and the truth that the environment takes for granted. */
export function MessageEditor({ invalid }: { readonly invalid: boolean }) {
  const { client } = usePlatform();
  const [problem, setProblem] = useState<string | null>(null);
  const [next, setNext] = useState<number>(FIRST_EXAMPLE.seed + 1);
  const text = useEditedMessage((edited) => edited.text);
  const truth = useEditedMessage((edited) => edited.truth);
  const previous = useEditedMessage((edited) => edited.previous);
  const load = useCallback(
    (example: Parameters<typeof client.guide.message>[0]): void => {
      client.guide.message(example).then(
        (scenario) => {
          setProblem(null);
          editScenario(scenario);
        },
        (error: unknown) => setProblem(describeError(error).message),
      );
    },
    [client],
  );
  useEffect(() => {
    if (editedMessage.getState().text === null) load(FIRST_EXAMPLE);
  }, [load]);
  const another = (): void => {
    setNext(next + 1);
    load({ ...FIRST_EXAMPLE, seed: next, position: next % GUIDE_POSITIONS });
  };
  return (
    <>
      <div className={styles['buttons']}>
        <Button icon="reroll" onClick={another} testId="guide-another">
          Another message
        </Button>
        {previous === null ? null : (
          <Button icon="back" onClick={bringBack} testId="guide-bring-back">
            Bring back the one before
          </Button>
        )}
      </div>
      {problem === null ? null : <p role="alert">{problem}</p>}
      <TextField
        label="Message with its kind and context, JSON"
        value={text ?? ''}
        rows={16}
        mono
        invalid={invalid}
        onChange={(value) => editedMessage.setState({ text: value })}
        testId="guide-editor"
      />
      <div className={styles['select']}>
        <SelectField
          label="Truth"
          value={sideOf(truth)}
          options={SIDES.map((value) => ({ value, label: SIDE_NAMES[value] }))}
          onChange={setSide}
          testId="guide-truth-side"
        />
      </div>
      <div className={styles['select']}>
        <SelectField
          label="Fitting action"
          value={truth.fitting}
          options={ACTIONS.map((value) => ({ value, label: ACTION_NAMES[value] }))}
          onChange={(fitting) => setTruth({ fitting })}
          testId="guide-truth-fitting"
        />
      </div>
      <CapabilityChecks
        legend={truth.malicious ? 'The threat needs' : 'The work needs'}
        chosen={truth.needs}
        onChange={(needs) => setTruth({ needs })}
        testId="guide-needs"
      />
    </>
  );
}

export function CapabilityChecks({
  legend,
  chosen,
  onChange,
  testId,
}: {
  readonly legend: string;
  readonly chosen: readonly Capability[];
  readonly onChange: (chosen: readonly Capability[]) => void;
  readonly testId: string;
}) {
  return (
    <fieldset className={styles['checks']}>
      <legend>{legend}</legend>
      {CAPABILITIES.map((capability) => (
        <CheckField
          key={capability}
          checked={chosen.includes(capability)}
          testId={`${testId}-${capability}`}
          onChange={(on) => onChange(CAPABILITIES.filter((one) => (one === capability ? on : chosen.includes(one))))}
        >
          {capability}
        </CheckField>
      ))}
    </fieldset>
  );
}
