import { useEffect, useRef, type KeyboardEvent } from 'react';
import { Button } from '../../widgets/Button.tsx';
import { settings, useSettings } from '../settings.ts';
import type { Route } from '../useRoute.ts';
import { commandsInConflict, commandsInFront, keysOf, MOST_KEYS, NO_CUSTOM_KEYS, withKeys, withMovedKey } from './bindings.ts';
import { BINDINGS, COMMAND_IDS, KEY_SCOPES, SCOPE_NAMES, type CommandId, type KeyScope } from './catalogue.ts';
import { isBindable, keyName, keyOf } from './keyNames.ts';
import styles from './KeyList.module.css';

/** The scopes of each page, beside `application`. */
const PAGE_SCOPES: { readonly [R in Route]?: readonly KeyScope[] } = {
  live: ['live'],
  replays: ['library', 'player'],
  review: ['review'],
  training: ['training'],
};

/** A command that gets a key: the next one pressed, or one that another command has and that waits for a yes. */
export interface KeyRequest {
  readonly id: CommandId;
  /** Null until a key has been pressed. */
  readonly key: string | null;
  /** Why the last key pressed cannot be taken. */
  readonly refused: string | null;
}

/** Keys that a table answers to wherever it has the focus. */
const FIXED_KEYS: readonly (readonly [title: string, keys: readonly string[]])[] = [
  ['Row above or below', ['↑', '↓']],
  ['One page up or down', ['PgUp', 'PgDn']],
  ['First or last row', ['Home', 'End']],
];

interface KeyListProps {
  readonly route: Route;
  readonly request: KeyRequest | null;
  readonly onRequest: (request: KeyRequest | null) => void;
}

/** Every command of every page with its keys, the present page first; keys are added, taken away and reset here. */
export function KeyList({ route, request, onRequest }: KeyListProps) {
  const custom = useSettings(({ keys }) => keys);
  const here = PAGE_SCOPES[route] ?? [];
  const scopes: readonly KeyScope[] = [
    ...here,
    'application',
    ...KEY_SCOPES.filter((scope) => scope !== 'application' && !here.includes(scope)),
  ];
  const changed = Object.keys(custom).length;
  return (
    <div className={styles['list']}>
      {scopes.map((scope) => (
        <section key={scope} aria-label={SCOPE_NAMES[scope]}>
          <h3>
            {SCOPE_NAMES[scope]}
            {here.includes(scope) ? <span className={styles['here']}>this page</span> : null}
          </h3>
          <ul>
            {COMMAND_IDS.filter((id) => BINDINGS[id].scope === scope).map((id) => (
              <CommandKeys key={id} id={id} request={request?.id === id ? request : null} onRequest={onRequest} />
            ))}
          </ul>
        </section>
      ))}
      <section aria-label="In tables">
        <h3>In tables</h3>
        <ul>
          {FIXED_KEYS.map(([title, keys]) => (
            <li key={title} className={styles['command']}>
              <span className={styles['title']}>{title}</span>
              <span className={styles['keys']}>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <p className={styles['foot']}>
        <span role="status">
          {changed === 0 ? 'All keys are as shipped.' : `Changed: ${changed === 1 ? '1 command' : `${changed} commands`}.`}
        </span>
        <Button
          size="small"
          testId="keys-reset"
          disabled={changed === 0}
          onClick={() => {
            onRequest(null);
            settings.setState({ keys: NO_CUSTOM_KEYS });
          }}
        >
          Reset all keys
        </Button>
      </p>
    </div>
  );
}

interface CommandKeysProps {
  readonly id: CommandId;
  /** Set while this command gets a key. */
  readonly request: KeyRequest | null;
  readonly onRequest: (request: KeyRequest | null) => void;
}

function CommandKeys({ id, request, onRequest }: CommandKeysProps) {
  const custom = useSettings(({ keys }) => keys);
  const { title } = BINDINGS[id];
  const keys = keysOf(id, custom);
  const conflicts = keys.flatMap((key) =>
    commandsInConflict(id, key, custom).map((other) => `${keyName(key)} is also “${BINDINGS[other].title}”`),
  );
  const behind = keys.flatMap((key) => commandsInFront(id, key, custom).map((other) => SCOPE_NAMES[BINDINGS[other].scope]));
  const change = (next: readonly string[]): void => settings.setState({ keys: withKeys(custom, id, next) });
  return (
    <li className={styles['command']} data-testid={`keys-${id}`}>
      <span className={styles['title']}>
        {title}
        {conflicts.length === 0 ? null : (
          <strong className={styles['conflict']} data-testid={`conflict-${id}`}>
            {conflicts.join('; ')}
          </strong>
        )}
        {behind.length === 0 ? null : <small>not on {[...new Set(behind)].join(', ')}</small>}
      </span>
      <span className={styles['keys']}>
        {keys.map((key) => (
          <span key={key} className={styles['key']}>
            <kbd>{keyName(key)}</kbd>
            <button
              type="button"
              aria-label={`Take ${keyName(key)} from: ${title}`}
              onClick={() => change(keys.filter((held) => held !== key))}
            >
              ×
            </button>
          </span>
        ))}
        {custom[id] === undefined ? null : (
          <Button
            size="small"
            variant="quiet"
            aria-label={`Reset: ${title}`}
            testId={`reset-${id}`}
            onClick={() => change(BINDINGS[id].keys)}
          >
            Reset
          </Button>
        )}
        {keys.length >= MOST_KEYS ? null : (
          <Button
            size="small"
            variant="quiet"
            aria-label={`Add a key: ${title}`}
            testId={`add-${id}`}
            onClick={() => onRequest({ id, key: null, refused: null })}
          >
            Add
          </Button>
        )}
      </span>
      {request === null ? null : <Recorder request={request} onRequest={onRequest} />}
    </li>
  );
}

/** Waits for a key; one that another command has needs a yes. */
function Recorder({
  request: { id, key, refused },
  onRequest,
}: {
  readonly request: KeyRequest;
  readonly onRequest: KeyListProps['onRequest'];
}) {
  const custom = useSettings(({ keys }) => keys);
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => field.current?.focus(), []);
  const take = (wanted: string): void => {
    settings.setState({ keys: withMovedKey(custom, id, wanted) });
    onRequest(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' || event.key === 'Tab' || (key !== null && event.target !== event.currentTarget)) return;
    event.preventDefault();
    const pressed = keyOf({ key: event.key, shift: event.shiftKey });
    if (event.ctrlKey || event.metaKey || event.altKey) {
      onRequest({ id, key: null, refused: 'Keys with Ctrl, Alt or Meta belong to the window.' });
    } else if (!isBindable(pressed)) {
      if (!['Shift', 'Control', 'Alt', 'Meta'].includes(event.key))
        onRequest({ id, key: null, refused: 'This key cannot be given to a command.' });
    } else if (keysOf(id, custom).includes(pressed)) {
      onRequest({ id, key: null, refused: `It has ${keyName(pressed)} already.` });
    } else if (commandsInConflict(id, pressed, custom).length > 0) {
      onRequest({ id, key: pressed, refused: null });
    } else take(pressed);
  };
  const holders = key === null ? [] : commandsInConflict(id, key, custom);
  return (
    <div
      ref={field}
      className={styles['recorder']}
      tabIndex={-1}
      role="group"
      aria-label={`New key: ${BINDINGS[id].title}`}
      data-testid="key-recorder"
      onKeyDown={onKeyDown}
    >
      <span role="status">
        {key === null
          ? `${refused ?? ''} Press a key; Esc ends.`.trim()
          : `${keyName(key)} belongs to ${holders.map((other) => `“${BINDINGS[other].title}”`).join(' and ')}.`}
      </span>
      {key === null ? null : (
        <Button size="small" testId="key-take" onClick={() => take(key)}>
          Take it
        </Button>
      )}
      <Button size="small" variant="quiet" onClick={() => onRequest(null)}>
        Cancel
      </Button>
    </div>
  );
}
