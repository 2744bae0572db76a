import { Slider } from '@base-ui/react/slider';
import { useRef, useState } from 'react';
import { MIX_SOURCES, normalisedShares, type CorporaSnapshot, type MixShares, type MixSource } from '../../../contract/corpora.ts';
import { useSystem } from '../../app/SystemContext.ts';
import { percent } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import type { FollowedCorpora } from './corporaStore.ts';
import { SOURCE_COLOURS, SOURCE_NAMES, withShare } from './corpusView.ts';
import styles from './MixPanel.module.css';

/** The shares of a training set: a bar of all, a slider for each, and the command that writes the rows. */
export function MixPanel({ snapshot, act }: { readonly snapshot: CorporaSnapshot; readonly act: FollowedCorpora['act'] }) {
  const { client, copyText } = usePlatform();
  const dataDir = useSystem(({ info }) => info?.dataDir ?? null);
  /** What a hand has set and the backend has not stored yet; null when the stored mix is shown. */
  const [moving, setMoving] = useState<MixShares | null>(null);
  /** The latest mix to be stored; keys repeat faster than a request takes. */
  const wanted = useRef<MixShares | null>(null);
  const isStoring = useRef(false);
  const shares = moving ?? snapshot.mix.shares;
  const normal = normalisedShares(shares);
  const move = (source: MixSource, value: number): void => {
    const next = withShare(shares, source, value / 100);
    if (next !== null) setMoving(next);
  };
  const store = async (source: MixSource, value: number): Promise<void> => {
    wanted.current = withShare(shares, source, value / 100);
    if (isStoring.current) return;
    isStoring.current = true;
    while (wanted.current !== null) {
      const mix = { ...snapshot.mix, shares: wanted.current };
      wanted.current = null;
      await act(() => client.corpora.setMix(mix));
    }
    isStoring.current = false;
    setMoving(null);
  };
  const words = MIX_SOURCES.map((source) => `${SOURCE_NAMES[source]} ${percent(normal[source], 0)}`).join(', ');
  const command = `npm run -s dataset -- --mix ${dataDir === null ? 'mix.json' : `"${dataDir}/corpora/mix.json"`} --out rows.jsonl`;
  return (
    <Panel title="Mix of training rows" label="Mix of training rows" testId="data-mix">
      <div className={styles['body']}>
        <div className={styles['bar']} role="img" aria-label={`Shares of training rows: ${words}`} data-testid="data-mix-bar">
          {MIX_SOURCES.map((source) =>
            normal[source] === 0 ? null : (
              <span
                key={source}
                style={{ flexGrow: normal[source], background: SOURCE_COLOURS[source] }}
                title={`${SOURCE_NAMES[source]} ${percent(normal[source])}`}
              />
            ),
          )}
        </div>
        <div className={styles['axis']} aria-hidden="true">
          {['0', '25', '50', '75', '100%'].map((tick) => (
            <span key={tick}>{tick}</span>
          ))}
        </div>
        {MIX_SOURCES.map((source) => (
          <Slider.Root
            key={source}
            className={styles['row']}
            value={Math.round(shares[source] * 100)}
            min={0}
            max={100}
            step={5}
            onValueChange={(value) => move(source, value)}
            onValueCommitted={(value) => void store(source, value)}
          >
            <Slider.Label className={styles['name']}>
              <i className={styles['swatch']} style={{ background: SOURCE_COLOURS[source] }} aria-hidden="true" />
              {SOURCE_NAMES[source]}
            </Slider.Label>
            <Slider.Control className={styles['control']}>
              <Slider.Track className={styles['track']}>
                <Slider.Indicator className={styles['indicator']} style={{ background: SOURCE_COLOURS[source] }} />
                <Slider.Thumb
                  className={styles['thumb']}
                  data-testid={`data-share-${source}`}
                  getAriaValueText={(_, value) => `weight ${value}, ${percent(normal[source], 0)} of the rows`}
                />
              </Slider.Track>
            </Slider.Control>
            <span className={styles['share']} data-testid={`data-percent-${source}`}>
              {percent(normal[source], 1)}
            </span>
            <span className={styles['note']}>{noteOf(source, normal, snapshot)}</span>
          </Slider.Root>
        ))}
        <div className={styles['command']}>
          <code title={command}>{command}</code>
          <Button
            size="small"
            variant="quiet"
            icon="copy"
            aria-label="Copy the command that writes rows of this mix"
            onClick={() => void copyText(command)}
          />
        </div>
      </div>
    </Panel>
  );
}

/** Says when a source has a share but nothing to draw from. */
function noteOf(source: MixSource, shares: MixShares, { corpora }: CorporaSnapshot): string {
  if (source === 'generated' || shares[source] === 0) return '';
  return (corpora.find(({ id }) => id === source)?.used ?? 0) === 0 ? 'stream it first' : '';
}
