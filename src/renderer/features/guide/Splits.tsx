import { useCallback, useState } from 'react';
import { SPLITS, type Split } from '../../../contract/episodes.ts';
import { GUIDE_POSITIONS, type GuideScenario } from '../../../contract/guide.ts';
import { words } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Demonstration } from './Demonstration.tsx';
import { RangeField, SeedButton } from './fields.tsx';
import styles from './Guide.module.css';
import { useQuestion } from './useQuestion.ts';

interface Place {
  readonly seed: number;
  readonly position: number;
}

type OfSplit = readonly [split: Split, scenario: GuideScenario];

/** The same place of the same episode, made from the servers and templates of each split. */
export function Splits() {
  const { client } = usePlatform();
  const [seed, setSeed] = useState(1);
  const [position, setPosition] = useState(0);
  const ask = useCallback(
    (place: Place, signal: AbortSignal): Promise<readonly OfSplit[]> =>
      Promise.all(
        SPLITS.map(async (split) => [split, await client.guide.message({ ...place, split, phase: 'bootstrapping' }, { signal })] as const),
      ),
    [client],
  );
  const asked = useQuestion<Place, readonly OfSplit[]>({ seed, position }, ask);
  return (
    <Demonstration
      label="One seed, three splits: no server and no template is shared"
      testId="guide-splits"
      asked={asked}
      controls={
        <>
          <RangeField
            label="Message"
            value={position + 1}
            min={1}
            max={GUIDE_POSITIONS}
            shown={`${position + 1} of ${GUIDE_POSITIONS}`}
            onChange={(value) => setPosition(value - 1)}
            testId="guide-splits-position"
          />
          <SeedButton seed={seed} onChange={setSeed} testId="guide-splits-seed" />
        </>
      }
    >
      {(scenarios) => (
        <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Messages of the splits">
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">Split</th>
                <th scope="col">Kind</th>
                <th scope="col">Server</th>
                <th scope="col">Truth</th>
                <th scope="col">Made from</th>
              </tr>
            </thead>
            <tbody>
              {scenarios.map(([split, { message, truth, origin }]) => (
                <tr key={split}>
                  <th scope="row">{split}</th>
                  <td>{words(message.kind)}</td>
                  <td>
                    <HostileText text={message.context.server} />
                  </td>
                  <td>{truth.malicious ? words(truth.vector) : 'benign'}</td>
                  <td>
                    <code>
                      <HostileText text={origin} />
                    </code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Demonstration>
  );
}
