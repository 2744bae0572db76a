import { useId, useState, type FormEvent } from 'react';
import { CACHE_LIMITS, type CorporaSnapshot } from '../../../contract/corpora.ts';
import { bytes, plural } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import type { FollowedCorpora } from './corporaStore.ts';
import { limitFromGigabytes, SOURCE_COLOURS, SOURCE_NAMES } from './corpusView.ts';
import styles from './CachePanel.module.css';

/** What the disk cache holds of each corpus, within which limit, and what had to make room. */
export function CachePanel({
  snapshot: { corpora, cache },
  act,
}: {
  readonly snapshot: CorporaSnapshot;
  readonly act: FollowedCorpora['act'];
}) {
  const held = corpora.filter(({ cache: { bytes: size } }) => size > 0);
  const inWords = held.map(({ id, cache: { bytes: size } }) => `${SOURCE_NAMES[id]} ${bytes(size)}`).join(', ');
  return (
    <Panel title="Disk cache" label="Disk cache" testId="data-cache" actions={<LimitForm cache={cache} act={act} />}>
      <div className={styles['body']}>
        <div className={styles['bar']} role="img" aria-label={`${inWords === '' ? 'Nothing' : inWords} of ${bytes(cache.limit)}`}>
          {held.map(({ id, cache: { bytes: size } }) => (
            <span
              key={id}
              style={{ inlineSize: `${(size / Math.max(cache.limit, cache.bytes)) * 100}%`, background: SOURCE_COLOURS[id] }}
              title={`${SOURCE_NAMES[id]} ${bytes(size)}`}
            />
          ))}
        </div>
        <p>
          <span data-testid="data-cache-holds">
            <strong>{bytes(cache.bytes)}</strong> of at most <strong>{bytes(cache.limit)}</strong>
            {inWords === '' ? '. Nothing is cached.' : `: ${inWords}.`}
          </span>{' '}
          <span
            className={styles['muted']}
            data-testid="data-cache-evicted"
            title="When the limit is passed, what was not used for longest goes first."
          >
            {cache.evicted.parts === 0
              ? 'Nothing had to make room since the start.'
              : `${plural(cache.evicted.parts, 'part')}, ${bytes(cache.evicted.bytes)}, made room since the start, the least recently used first.`}
          </span>
        </p>
      </div>
    </Panel>
  );
}

function LimitForm({ cache, act }: { readonly cache: CorporaSnapshot['cache']; readonly act: FollowedCorpora['act'] }) {
  const { client } = usePlatform();
  const id = useId();
  /** What a hand has typed; null: the limit in force. */
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? String(cache.limit / 1e9);
  const limit = limitFromGigabytes(text);
  const excess = limit === null ? 0 : Math.max(0, cache.bytes - limit);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (limit === null || limit === cache.limit) return;
    void act(() => client.corpora.setCacheLimit({ limit })).then(() => setTyped(null));
  };
  return (
    <form className={styles['form']} onSubmit={onSubmit}>
      <span id={`${id}-note`} className={styles['muted']} role="status">
        {limit === null
          ? `A number from ${CACHE_LIMITS.least / 1e9} to ${CACHE_LIMITS.most / 1e9}.`
          : excess > 0
            ? `Removes ${bytes(excess)} or a little more; it is streamed again when it is needed.`
            : ''}
      </span>
      <label htmlFor={id}>Limit, GB</label>
      <input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        spellCheck={false}
        value={text}
        aria-invalid={limit === null}
        aria-describedby={`${id}-note`}
        data-testid="data-cache-limit"
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" size="small" testId="data-cache-set" disabled={limit === null || limit === cache.limit}>
        {excess > 0 ? 'Set and remove' : 'Set'}
      </Button>
    </form>
  );
}
