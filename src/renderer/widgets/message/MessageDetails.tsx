import { Tabs } from '@base-ui/react/tabs';
import { useMemo, type ReactNode } from 'react';
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
import { ControlReferences } from './ControlReferences.tsx';
import styles from './MessageDetails.module.css';

/** Of a user task; longer ones are pasted documents. */
const TASK_CHARACTERS = 4_000;

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
  const { context } = message;
  const changes = useMemo(() => pinnedChanges(message), [message]);
  const { copyText } = usePlatform();
  return (
    <>
      <dl className={styles['facts']}>
        <Fact name="Server">
          <HostileText text={context.server} />
          {context.tool === undefined ? null : (
            <>
              <span className={styles['muted']}>, tool </span>
              <HostileText text={context.tool} />
            </>
          )}
          <span className={styles['muted']}> over {context.transport}</span>
        </Fact>
        {context.userTask === undefined ? null : (
          <Fact name="User task">
            <HostileText text={context.userTask.slice(0, TASK_CHARACTERS)} />
          </Fact>
        )}
      </dl>
      <Tabs.Root className={styles['tabs']} defaultValue="json">
        <div className={styles['tabBar']}>
          <Tabs.List className={styles['tabList']} aria-label="Views of the message">
            <Tab value="json">Message</Tab>
            <Tab value="context">Context</Tab>
            <Tab value="decoded" count={layers.length}>
              Decoded
            </Tab>
            <Tab value="changes" count={changes?.length ?? 0}>
              Changes
            </Tab>
            {controls === undefined ? null : <Tab value="controls">Controls</Tab>}
          </Tabs.List>
          <Button
            icon="copy"
            variant="quiet"
            aria-label="Copy the message as JSON"
            title="Copy the message as JSON"
            onClick={() => void copyText(JSON.stringify(message.message, null, 2))}
          />
        </div>
        <Tabs.Panel className={styles['body']} value="json" tabIndex={0}>
          <div data-testid="message-json">
            <JsonView value={message.message} />
          </div>
        </Tabs.Panel>
        <Tabs.Panel className={styles['body']} value="context" tabIndex={0}>
          <Context observed={observed} />
        </Tabs.Panel>
        <Tabs.Panel className={styles['body']} value="decoded" tabIndex={0}>
          {layers.length === 0 ? <p className={styles['muted']}>No layer of encoding was found.</p> : null}
          {layers.map((layer, index) => (
            <section key={index} className={styles['block']}>
              <h3>
                {words(layer.encoding)} <code>{layer.pointer}</code>
              </h3>
              <JsonText text={layer.text} />
            </section>
          ))}
        </Tabs.Panel>
        <Tabs.Panel className={styles['body']} value="changes" tabIndex={0}>
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
        </Tabs.Panel>
        {controls === undefined ? null : (
          <Tabs.Panel className={styles['body']} value="controls" tabIndex={0}>
            {controls}
          </Tabs.Panel>
        )}
      </Tabs.Root>
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

function Tab({ value, count, children }: { readonly value: string; readonly count?: number; readonly children: ReactNode }) {
  return (
    <Tabs.Tab className={styles['tab']} value={value}>
      {children}
      {count === undefined ? null : <span className={classes(styles['count'], count === 0 && styles['none'])}>{count}</span>}
    </Tabs.Tab>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={styles['fact']}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Everything known beside the message, in full; the lists around the message itself show their beginning. */
function Context({ observed }: { readonly observed: ObservedMessage }) {
  const { context } = observed.message;
  return (
    <dl className={styles['context']}>
      <dt>User task</dt>
      <dd>
        {context.userTask === undefined ? 'not passed on by the client' : <HostileText text={context.userTask.slice(0, TASK_CHARACTERS)} />}
      </dd>
      <dt>Observable hints</dt>
      <dd>
        {observed.hints.length === 0 ? 'none' : null}
        <ul>
          {observed.hints.map((hint, index) => (
            <li key={index}>
              <HostileText text={hint.text} />
              {hint.pointer === undefined ? null : (
                <span className={styles['muted']}>
                  {' at '}
                  <HostileText text={hint.pointer} />
                </span>
              )}
            </li>
          ))}
        </ul>
      </dd>
      <dt>Granted capabilities</dt>
      <dd>{context.granted === undefined ? 'unknown' : context.granted.length === 0 ? 'none' : context.granted.join(', ')}</dd>
      <dt>Recent trace</dt>
      <dd>
        {context.trace === undefined || context.trace.length === 0 ? 'empty' : null}
        <ol className={styles['trace']}>
          {context.trace?.map((entry, index) => (
            <li key={index}>
              <span className={styles['muted']}>{words(entry.kind)}</span>
              <span>
                <HostileText text={`${entry.tool === undefined ? '' : `${entry.tool}: `}${entry.summary}`} />
              </span>
            </li>
          ))}
        </ol>
      </dd>
      <dt>Boxed characters</dt>
      <dd>
        <HostileCounts message={observed.message.message} none="none" />
      </dd>
      <dt>Normalised text</dt>
      <dd>
        <JsonText text={observed.normalizedText.slice(0, 8_000)} />
      </dd>
    </dl>
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
