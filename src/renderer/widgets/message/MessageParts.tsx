import type { ReactNode } from 'react';
import type { MessageContext } from '../../../contract/messages.ts';
import type { DecodedLayer, Hint } from '../../../contract/observation.ts';
import { words } from '../../lib/format.ts';
import { HostileText } from '../HostileText.tsx';
import { JsonText } from '../JsonView.tsx';
import styles from './MessageParts.module.css';

/** Of a user task; longer ones are pasted documents. */
const TASK_CHARACTERS = 4_000;

/** One line of the facts above a message; a `dl` holds them. */
export function MessageFact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={styles['fact']}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Where the message comes from and what the user wanted. */
export function OriginFacts({ context }: { readonly context: MessageContext }) {
  return (
    <>
      <MessageFact name="Server">
        <HostileText text={context.server} />
        {context.tool === undefined ? null : (
          <>
            <span className={styles['muted']}>, tool </span>
            <HostileText text={context.tool} />
          </>
        )}
        <span className={styles['muted']}> over {context.transport}</span>
      </MessageFact>
      <MessageFact name="User task">
        <UserTask context={context} />
      </MessageFact>
    </>
  );
}

function UserTask({ context: { userTask } }: { readonly context: MessageContext }) {
  if (userTask === undefined) return <span className={styles['muted']}>not passed on by the client</span>;
  return <HostileText text={userTask.slice(0, TASK_CHARACTERS)} />;
}

interface MessageSurroundingsProps {
  readonly context: MessageContext;
  readonly hints: readonly Hint[];
  /** More entries of the list: `dt` and `dd`. */
  readonly children?: ReactNode;
}

/** Everything known beside the message, in full. */
export function MessageSurroundings({ context, hints, children }: MessageSurroundingsProps) {
  return (
    <dl className={styles['surroundings']}>
      <dt>User task</dt>
      <dd>
        <UserTask context={context} />
      </dd>
      <dt>Observable hints</dt>
      <dd>
        {hints.length === 0 ? 'none' : null}
        <ul>
          {hints.map((hint, index) => (
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
      {children}
    </dl>
  );
}

/** What the normaliser found under encodings, each with the place it was found at. */
export function DecodedLayers({ layers }: { readonly layers: readonly DecodedLayer[] }) {
  if (layers.length === 0) return <p className={styles['muted']}>No layer of encoding was found.</p>;
  return layers.map((layer, index) => (
    <section key={index} className={styles['layer']}>
      <h3>
        {words(layer.encoding)}{' '}
        <code>
          <HostileText text={layer.pointer} />
        </code>
      </h3>
      <JsonText text={layer.text} />
    </section>
  ));
}
