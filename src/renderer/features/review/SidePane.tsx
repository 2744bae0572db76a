import { Tabs } from '@base-ui/react/tabs';
import type { Ref } from 'react';
import type { ReviewEvent, ReviewItem, SkipReason } from '../../../contract/review.ts';
import { useKeyTitle } from '../../app/keys/useKeys.ts';
import { ACTION_NAMES, middle, words } from '../../lib/format.ts';
import { ActionChip } from '../../widgets/ActionChip.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { ViewTab } from '../../widgets/tabs/ViewTabs.tsx';
import { DecisionForm } from './DecisionForm.tsx';
import { useReview } from './ReviewContext.ts';
import styles from './SidePane.module.css';

export type SideView = 'form' | 'guidelines' | 'precedents' | 'history';

interface SidePaneProps {
  readonly view: SideView;
  readonly onView: (view: SideView) => void;
  readonly skipReason: SkipReason;
  readonly onSkipReason: (reason: SkipReason) => void;
  readonly noteRef: Ref<HTMLTextAreaElement>;
}

/** The decision, and what helps with it. */
export function SidePane({ view, onView, ...form }: SidePaneProps) {
  const guidelinesTitle = useKeyTitle('Guidelines', 'review.guidelines');
  const item = useReview((model) => (model.item?.state === 'ready' ? model.item.value : null));
  return (
    <section className={styles['pane']} aria-label="Decision">
      <Tabs.Root className={styles['tabs']} value={view} onValueChange={(next: SideView) => onView(next)}>
        <Tabs.List className={styles['tabList']} aria-label="Decision and help">
          <ViewTab value="form">Decision</ViewTab>
          <ViewTab value="guidelines" title={guidelinesTitle}>
            Guidelines
          </ViewTab>
          <ViewTab value="precedents">Before{item === null || item.precedents.length === 0 ? '' : ` ${item.precedents.length}`}</ViewTab>
          <ViewTab value="history">History</ViewTab>
        </Tabs.List>
        <Tabs.Panel className={styles['formPanel']} value="form">
          <DecisionForm {...form} />
        </Tabs.Panel>
        <Tabs.Panel className={styles['body']} value="guidelines" tabIndex={0}>
          <GuidelinesText />
        </Tabs.Panel>
        <Tabs.Panel className={styles['body']} value="precedents" tabIndex={0}>
          {item === null ? <Empty title="No item is open" /> : <Precedents item={item} />}
        </Tabs.Panel>
        <Tabs.Panel className={styles['body']} value="history" tabIndex={0}>
          {item === null ? <Empty title="No item is open" /> : <History events={item.events} />}
        </Tabs.Panel>
      </Tabs.Root>
    </section>
  );
}

function GuidelinesText() {
  const guidelines = useReview((model) => model.guidelines);
  if (guidelines === null) return <Empty title="Reading the guidelines…" />;
  return (
    <div className={styles['prose']} data-testid="review-guidelines">
      <h3>Guidelines {guidelines.version}</h3>
      <ol>
        {guidelines.principles.map((principle) => (
          <li key={principle}>{principle}</li>
        ))}
      </ol>
      <h3>Actions</h3>
      <dl>
        {Object.entries(guidelines.actions).map(([action, meaning]) => (
          <div key={action}>
            <dt>{words(action)}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>Worked examples</h3>
      {guidelines.examples.map(({ title, before, after, action, why }) => (
        <article key={title} className={styles['example']}>
          <h4>{title}</h4>
          <p>
            <del>{before}</del>
          </p>
          <p>
            <ins>{after}</ins>
          </p>
          <ActionChip action={action} />
          <p>{why}</p>
        </article>
      ))}
      <h3>Changes</h3>
      {guidelines.changes.map(({ version, note }) => (
        <p key={version}>
          {version}: {note}
        </p>
      ))}
    </div>
  );
}

function Precedents({ item }: { readonly item: ReviewItem }) {
  if (item.hidden) return <Empty title="Shown after your first choice" />;
  if (item.precedents.length === 0)
    return <Empty title="No precedent">The same change to the same tool has not been decided before.</Empty>;
  return (
    <ul className={styles['list']} data-testid="review-precedents">
      {item.precedents.map(({ id, action, status, decidedAt, server }) => (
        <li key={id}>
          <a href={`#/review/${id}`}>
            <ActionChip action={action} />
          </a>
          <span className={styles['muted']}>
            {status}, <HostileText text={server} />, <Time at={decidedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function History({ events }: { readonly events: readonly ReviewEvent[] }) {
  return (
    <ol className={styles['list']} data-testid="review-history">
      {events.map((event) => (
        <li key={event.seq}>
          <strong>{words(event.type)}</strong>
          <span className={styles['muted']}>
            {event.analyst === null ? '' : <HostileText text={event.analyst} />} <Time at={event.at} />
          </span>
          <Detail event={event} />
          <code title={`Link ${event.seq} of the audit chain: ${event.hash}`}>
            {event.seq} {middle(event.hash, 6)}
          </code>
        </li>
      ))}
    </ol>
  );
}

function Detail({ event: { detail } }: { readonly event: ReviewEvent }) {
  const { chosen, note } = detail;
  const action = typeof chosen === 'object' && chosen !== null && 'action' in chosen ? chosen.action : detail['action'];
  const name = Object.entries(ACTION_NAMES).find(([key]) => key === action)?.[1];
  return (
    <>
      {name === undefined ? null : <span>{name}</span>}
      {typeof note === 'string' && note !== '' ? (
        <q>
          <HostileText text={note} />
        </q>
      ) : null}
    </>
  );
}

function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {at.slice(0, 16).replace('T', ' ')} UTC
    </time>
  );
}
