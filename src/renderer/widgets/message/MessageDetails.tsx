import { useMemo, useState, type ReactNode } from 'react';
import type { Verdict } from '../../../contract/episodes.ts';
import { LANES, type LaneStep, type PerLane } from '../../../contract/live.ts';
import type { JsonRpcMessage } from '../../../contract/messages.ts';
import { classes } from '../../lib/classes.ts';
import { plural, words } from '../../lib/format.ts';
import { CATEGORY_NAMES, countHostile } from '../../lib/hostileText.ts';
import { LANE_NAMES } from '../../lib/laneNames.ts';
import { pinnedChanges } from '../../lib/pinnedChanges.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../Button.tsx';
import { HostileText } from '../HostileText.tsx';
import { JsonText, JsonView } from '../JsonView.tsx';
import { VerdictBadge } from '../VerdictBadge.tsx';
import { ViewPanel, ViewTab, ViewTabs } from '../tabs/ViewTabs.tsx';
import { ControlReferences } from './ControlReferences.tsx';
import { DecodedLayers, MessageSurroundings, OriginFacts } from './MessageParts.tsx';
import styles from './MessageDetails.module.css';

interface MessageDetailsProps {
  readonly step: LaneStep;
  /** What each lane's decision about the message came to; null: not decided. */
  readonly verdicts: PerLane<Verdict | null>;
}

/** A message with its context, in several views, and below it the truth. */
export function MessageDetails({ step, verdicts }: MessageDetailsProps) {
  return (
    <>
      <MessageViews observed={step} controls={<ControlReferences step={step} />} />
      <Truth step={step} verdicts={verdicts} />
    </>
  );
}

/** A message as a gateway observed it. */
export type ObservedMessage = Pick<LaneStep, 'message' | 'normalizedText' | 'hints' | 'layers'>;

interface MessageViewsProps {
  readonly observed: ObservedMessage;
  /** What the tab with controls shows; absent: there is no such tab. */
  readonly controls?: ReactNode;
}

/** A message with its context, in several views. */
export function MessageViews({ observed, controls }: MessageViewsProps) {
  const { message, hints, layers } = observed;
  const [view, setView] = useState<'json' | 'context' | 'decoded' | 'changes' | 'controls'>('json');
  const changes = useMemo(() => pinnedChanges(message), [message]);
  const { copyText } = usePlatform();
  return (
    <>
      <dl className={styles['facts']}>
        <OriginFacts context={message.context} />
      </dl>
      <ViewTabs
        label="Views of the message"
        value={view}
        onChange={setView}
        tabs={
          <>
            <ViewTab value="json">Message</ViewTab>
            <ViewTab value="context">Context</ViewTab>
            <ViewTab value="decoded" count={layers.length}>
              Decoded
            </ViewTab>
            <ViewTab value="changes" count={changes?.length ?? 0}>
              Changes
            </ViewTab>
            {controls === undefined ? null : <ViewTab value="controls">Controls</ViewTab>}
          </>
        }
        actions={
          <Button
            icon="copy"
            variant="quiet"
            aria-label="Copy the message as JSON"
            title="Copy the message as JSON"
            onClick={() => void copyText(JSON.stringify(message.message, null, 2))}
          />
        }
      >
        <ViewPanel value="json">
          <div data-testid="message-json">
            <JsonView value={message.message} />
          </div>
        </ViewPanel>
        <ViewPanel value="context">
          <MessageSurroundings context={message.context} hints={hints}>
            <dt>Boxed characters</dt>
            <dd>
              <HostileCounts message={message.message} none="none" />
            </dd>
            <dt>Normalised text</dt>
            <dd>
              <JsonText text={observed.normalizedText.slice(0, 8_000)} />
            </dd>
          </MessageSurroundings>
        </ViewPanel>
        <ViewPanel value="decoded">
          <DecodedLayers layers={layers} />
        </ViewPanel>
        <ViewPanel value="changes">
          {changes === null ? <p className={styles['muted']}>No definition is pinned for this message.</p> : null}
          {changes?.length === 0 ? <p className={styles['muted']}>Same as the pinned definition.</p> : null}
          {changes?.map(({ tool, status, parts }) => (
            <section key={tool} className={styles['block']}>
              <h3>
                <HostileText text={tool} /> {status}
              </h3>
              <div className={styles['diff']}>
                {parts.map((part, index) => (
                  <DiffText key={index} {...part} edge={index === 0 ? 'start' : index === parts.length - 1 ? 'end' : null} />
                ))}
              </div>
            </section>
          ))}
        </ViewPanel>
        {controls === undefined ? null : <ViewPanel value="controls">{controls}</ViewPanel>}
      </ViewTabs>
      {hints.length === 0 ? null : (
        <ul className={styles['hints']} aria-label="Observable hints">
          {hints.map((hint, index) => (
            <li key={index} title={hint.pointer}>
              <HostileText text={hint.text} />
            </li>
          ))}
        </ul>
      )}
      <HostileLegend message={message.message} />
    </>
  );
}

const CONTEXT_CHARACTERS = 160;

/** Added and removed words carry a sign and an underline beside their colour; long unchanged runs are folded. */
function DiffText({
  kind,
  text,
  edge,
}: {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
  readonly edge: 'start' | 'end' | null;
}) {
  if (kind === 'added') {
    return (
      <ins className={styles['added']}>
        <HostileText text={text} />
      </ins>
    );
  }
  if (kind === 'removed') {
    return (
      <del className={styles['removed']}>
        <HostileText text={text} />
      </del>
    );
  }
  if (text.length <= CONTEXT_CHARACTERS * 2 + 40) return <HostileText text={text} />;
  const before = edge === 'start' ? '' : text.slice(0, CONTEXT_CHARACTERS);
  const after = edge === 'end' ? '' : text.slice(-CONTEXT_CHARACTERS);
  return (
    <>
      <HostileText text={before} />
      <span className={styles['folded']}>{plural(text.length - before.length - after.length, 'unchanged character')}</span>
      <HostileText text={after} />
    </>
  );
}

/** What the boxes in the message stand for, with their number. */
function HostileLegend({ message }: { readonly message: JsonRpcMessage }) {
  if (countsOf(message).length === 0) return null;
  return (
    <p className={styles['legend']} data-testid="hostile-legend">
      <strong>Boxed characters:</strong> <HostileCounts message={message} />
    </p>
  );
}

function HostileCounts({ message, none }: { readonly message: JsonRpcMessage; readonly none?: string }) {
  const counts = countsOf(message);
  if (counts.length === 0) return none;
  return counts.map(({ category, count, reads }, index) => (
    <span key={category}>
      {index === 0 ? '' : '; '}
      {plural(count, CATEGORY_NAMES[category])}
      {reads === null ? null : (
        <>
          {' reading '}
          <q>
            <HostileText text={reads} />
          </q>
        </>
      )}
    </span>
  ));
}

type HostileCount = ReturnType<typeof countHostile>;
const knownCounts = new WeakMap<JsonRpcMessage, HostileCount>();

function countsOf(message: JsonRpcMessage): HostileCount {
  const known = knownCounts.get(message) ?? countHostile(rawStrings(message));
  knownCounts.set(message, known);
  return known;
}

/** All keys and strings of a JSON value. */
function rawStrings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [...(Array.isArray(value) ? [] : [key]), ...rawStrings(item)]);
}

/** The flags that only the environment knows, shown after the decision. */
function Truth({ step, verdicts }: MessageDetailsProps) {
  const { truth, retry } = step.info;
  return (
    <footer className={styles['truth']} data-testid="message-truth" aria-label="Ground truth">
      <span className={classes(styles['flag'], truth.malicious ? styles['malicious'] : styles['benign'])}>
        {truth.malicious ? 'Malicious' : 'Benign'}
      </span>
      <span className={styles['vector']}>{truth.vector === 'none' ? 'ordinary traffic' : words(truth.vector)}</span>
      <span className={styles['flag']} data-on={truth.obfuscation.length > 0} title={truth.obfuscation.map(words).join(', ')}>
        {truth.obfuscation.length > 0 ? `Obfuscated: ${truth.obfuscation.map(words).join(', ')}` : 'Not obfuscated'}
      </span>
      <span className={styles['flag']} data-on={truth.stdioEscape}>
        {truth.stdioEscape ? 'STDIO escape' : 'No STDIO escape'}
      </span>
      {truth.chain === undefined ? null : <span className={styles['flag']}>Chain: {truth.chain.stage}</span>}
      {retry ? <span className={styles['flag']}>Mutated retry</span> : null}
      <span className={styles['verdicts']}>
        {LANES.map((lane) => {
          const verdict = verdicts[lane];
          return verdict === null ? null : (
            <span key={lane}>
              {LANE_NAMES[lane]} <VerdictBadge verdict={verdict} />
            </span>
          );
        })}
      </span>
    </footer>
  );
}
