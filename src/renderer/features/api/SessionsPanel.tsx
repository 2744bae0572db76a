import { useState } from 'react';
import type { EnvironmentServerStatus, EnvironmentSessionId, SessionRow, SessionTransport } from '../../../contract/environmentServer.ts';
import { count, middle } from '../../lib/format.ts';
import { describeError } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { duration } from './duration.ts';
import styles from './SessionsPanel.module.css';

const TRANSPORTS: { readonly [T in SessionTransport]: string } = { ws: 'WebSocket', mcp_ws: 'MCP, WebSocket', mcp_http: 'MCP, HTTP' };

/** Who is connected, for how long, and what they last did; a session can be ended. */
export function SessionsPanel({ status }: { readonly status: EnvironmentServerStatus | null }) {
  const { client } = usePlatform();
  const [asked, setAsked] = useState<EnvironmentSessionId | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const sessions = status?.activity?.sessions ?? [];
  const end = async (id: EnvironmentSessionId): Promise<void> => {
    setAsked(null);
    setProblem(null);
    try {
      await client.environmentServer.endSession({ id });
    } catch (error) {
      setProblem(describeError(error).message);
    }
  };
  return (
    <Panel title="Live sessions" label="Live sessions" testId="api-sessions" className={styles['panel']}>
      {problem === null ? null : <Notice tone="problem" title={problem} />}
      {sessions.length === 0 ? (
        <Empty title="No sessions">
          {status?.state === 'on'
            ? 'A session appears when a client connects to /ws or opens an MCP session.'
            : 'The environment server is off.'}
        </Empty>
      ) : (
        <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Session list">
          <table className={styles['table']}>
            <thead>
              <tr>
                {['Session', 'Over', 'Age', 'Idle', 'Last call', 'Steps'].map((name) => (
                  <th key={name} scope="col" className={name === 'Steps' ? styles['right'] : undefined}>
                    {name}
                  </th>
                ))}
                <th scope="col">
                  <span className="visually-hidden">End</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <Row key={session.id} session={session} asked={asked === session.id} onAsk={setAsked} onEnd={(id) => void end(id)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

interface RowProps {
  readonly session: SessionRow;
  readonly asked: boolean;
  readonly onAsk: (id: EnvironmentSessionId | null) => void;
  readonly onEnd: (id: EnvironmentSessionId) => void;
}

/** Ending a session breaks a rollout, so the button asks once more. */
function Row({ session, asked, onAsk, onEnd }: RowProps) {
  const { id, transport, state, remoteAddress, ageMs, idleMs, lastCall, resets, steps, worker } = session;
  return (
    <tr data-testid="api-session">
      <th scope="row" title={id}>
        <code>{middle(id, 4)}</code>
      </th>
      <td title={remoteAddress ?? undefined}>
        {TRANSPORTS[transport]}
        {state === 'detached' ? <span className={styles['detached']}> waits to be resumed</span> : null}
      </td>
      <td>{duration(ageMs)}</td>
      <td>{duration(idleMs)}</td>
      <td>{lastCall ?? '–'}</td>
      <td className={styles['right']} title={`${count(resets)} resets, worker ${worker}`}>
        {count(steps)}
      </td>
      <td className={styles['right']}>
        {asked ? (
          <span className={styles['confirm']}>
            <Button size="small" autoFocus onClick={() => onEnd(id)}>
              End session
            </Button>
            <Button size="small" variant="quiet" onClick={() => onAsk(null)}>
              Keep
            </Button>
          </span>
        ) : (
          <Button size="small" variant="quiet" aria-label={`End session ${middle(id, 4)}`} onClick={() => onAsk(id)}>
            End
          </Button>
        )}
      </td>
    </tr>
  );
}
