import { Switch } from '@base-ui/react/switch';
import { useId, useState } from 'react';
import {
  SERVER_MODES,
  serverSettingsSchema,
  type EnvironmentServerStatus,
  type ServerMode,
  type ServerSettings,
} from '../../../contract/environmentServer.ts';
import { classes } from '../../lib/classes.ts';
import { useWholeNumber } from '../../lib/useWholeNumber.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Notice } from '../../widgets/Notice.tsx';
import { SelectField, type SelectOption } from '../../widgets/SelectField.tsx';
import styles from './ServerControls.module.css';

/** A server with many sessions finishes what is in flight before it stops. */
const CONFIGURE_TIMEOUT_MS = 90_000;

const STATE_NAMES: { readonly [S in EnvironmentServerStatus['state']]: string } = {
  off: 'Off',
  starting: 'Starting…',
  on: 'On',
  stopping: 'Stopping…',
  failed: 'Failed',
};

const MODE_NOTES: { readonly [M in ServerMode]: string } = {
  simulation: 'Reset, step and state for trainers',
  production: 'MCP tools for agents; no reset, step or state over HTTP',
};
const MODE_OPTIONS: readonly SelectOption<ServerMode>[] = SERVER_MODES.map((value) => ({ value, label: value, note: MODE_NOTES[value] }));

interface ServerControlsProps {
  readonly status: EnvironmentServerStatus | null;
  readonly onStatus: (status: EnvironmentServerStatus) => void;
}

/** The switch, the address and the settings, in one line above the page. */
export function ServerControls({ status, onStatus }: ServerControlsProps) {
  const { client } = usePlatform();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const configure = async (change: Partial<ServerSettings>): Promise<void> => {
    if (status === null) return;
    setPending(true);
    setProblem(null);
    try {
      const settings = { ...status.settings, ...change };
      onStatus(await client.environmentServer.configure(settings, { context: { timeoutMs: CONFIGURE_TIMEOUT_MS } }));
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      setPending(false);
    }
  };
  const busy = pending || status === null || status.state === 'starting' || status.state === 'stopping';
  const running = status?.state === 'on';
  return (
    <>
      <div className={styles['bar']}>
        <h1>API</h1>
        <label className={styles['switch']}>
          <Switch.Root
            className={styles['track']}
            data-testid="api-switch"
            aria-label="Environment server"
            checked={status?.settings.enabled ?? false}
            disabled={busy}
            onCheckedChange={(enabled) => void configure({ enabled })}
          >
            <Switch.Thumb className={styles['thumb']} />
          </Switch.Root>
          Environment server
        </label>
        <span role="status" className={styles['state']} data-state={status?.state ?? 'off'} data-testid="api-state">
          {status === null ? 'Asking…' : STATE_NAMES[status.state]}
        </span>
        {status?.address === null || status === null ? null : <Address address={status.address} />}
        <div className={styles['settings']}>
          <SelectField
            label="Mode"
            testId="api-mode"
            value={status?.settings.mode ?? 'simulation'}
            options={MODE_OPTIONS}
            disabled={busy || running}
            title={running ? 'Switch the server off to change its mode.' : MODE_NOTES[status?.settings.mode ?? 'simulation']}
            onChange={(mode) => void configure({ mode })}
          />
          {status === null ? null : (
            <PortField
              key={status.settings.port}
              port={status.settings.port}
              disabled={busy || running || status.sharedPort}
              title={
                status.sharedPort
                  ? 'The interface is served on the same port.'
                  : running
                    ? 'Switch the server off to change its port.'
                    : undefined
              }
              onChange={(port) => void configure({ port })}
            />
          )}
          {status?.tokenRequired === true ? <TokenButton /> : null}
        </div>
      </div>
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} />}
    </>
  );
}

function Address({ address }: { readonly address: string }) {
  const { copyText } = usePlatform();
  return (
    <span className={styles['address']}>
      <code data-testid="api-address">{address}</code>
      <Button icon="copy" variant="quiet" aria-label="Copy the address" title="Copy the address" onClick={() => void copyText(address)} />
    </span>
  );
}

interface PortFieldProps {
  readonly port: number;
  readonly disabled: boolean;
  readonly title: string | undefined;
  readonly onChange: (port: number) => void;
}

function PortField({ port, disabled, title, onChange }: PortFieldProps) {
  const id = useId();
  const { valid, input } = useWholeNumber({
    value: port,
    allows: (value) => serverSettingsSchema.shape.port.safeParse(value).success,
    onChange,
  });
  return (
    <div className={styles['port']} title={valid ? title : 'A port is a whole number from 1 to 65,535.'}>
      <label htmlFor={id}>Port</label>
      <input id={id} data-testid="api-port" disabled={disabled} {...input} />
    </div>
  );
}

/** Copies the token without showing it. */
function TokenButton() {
  const { client, copyText } = usePlatform();
  const [said, setSaid] = useState<string | null>(null);
  const copy = async (): Promise<void> => {
    try {
      const token = await client.environmentServer.token();
      if (token !== null) await copyText(token);
      setSaid(token === null ? 'No token is set' : 'Token copied');
    } catch (error) {
      setSaid(describeError(error).message);
    }
  };
  return (
    <span className={styles['token']}>
      <Button icon="copy" onClick={() => void copy()} testId="api-token">
        Copy token
      </Button>
      <span role="status" className={classes(said === null && 'visually-hidden')}>
        {said}
      </span>
    </span>
  );
}
