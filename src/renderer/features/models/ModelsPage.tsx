import { useState, type ReactNode } from 'react';
import type { InferenceDevice, ModelStatus } from '../../../contract/models.ts';
import { useSystem, useSystemStore } from '../../app/SystemContext.ts';
import { classes } from '../../lib/classes.ts';
import { bytes, count, fixed, middle, parameters, words } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import styles from './ModelsPage.module.css';

/** Hashing several gigabytes takes minutes on a slow disk. */
const VERIFY_TIMEOUT_MS = 600_000;

type Verification = { readonly state: 'idle' | 'running' | 'done' } | { readonly state: 'failed'; readonly problem: Problem };

/** The model registry: what is installed, whether it is intact, how it was calibrated, what it runs on. */
export function ModelsPage() {
  const { client } = usePlatform();
  const system = useSystemStore();
  const models = useSystem(({ info }) => info?.models ?? null);
  const device = useSystem(({ info }) => info?.device ?? null);
  const [verification, setVerification] = useState<Verification>({ state: 'idle' });
  const verify = async (): Promise<void> => {
    setVerification({ state: 'running' });
    try {
      await client.models.verify(undefined, { context: { timeoutMs: VERIFY_TIMEOUT_MS } });
      setVerification({ state: 'done' });
    } catch (error) {
      setVerification({ state: 'failed', problem: describeError(error) });
    }
    await system.refresh();
  };
  return (
    <div className={styles['page']}>
      <div className={styles['top']}>
        <h1>Models</h1>
        <p role="status" className={styles['muted']}>
          {verification.state === 'running' ? 'Hashing every file against the manifest…' : null}
          {verification.state === 'done' && models !== null ? verdictOn(models) : null}
        </p>
        <Button icon="check" testId="models-verify" disabled={verification.state === 'running'} onClick={() => void verify()}>
          Verify files
        </Button>
      </div>
      {verification.state === 'failed' ? (
        <Notice tone="problem" title={verification.problem.message} advice={verification.problem.advice} />
      ) : null}
      <Device device={device} />
      <Panel title="Registry" label="Registry" className={styles['registry']}>
        {models === null ? <Empty title="Loading…" /> : models.length === 0 ? <NoModels /> : <Registry models={models} />}
      </Panel>
    </div>
  );
}

function verdictOn(models: readonly ModelStatus[]): string {
  const bad = models.filter(({ problem }) => problem !== null).length;
  return bad === 0 ? `All ${count(models.length)} models are intact.` : `${count(bad)} of ${count(models.length)} models cannot be used.`;
}

function NoModels() {
  return (
    <Empty title="No models are registered">
      The registry is models/manifest.json. Import a GGUF file with “npm run models -- import FILE”.
    </Empty>
  );
}

function Device({ device }: { readonly device: InferenceDevice | null }) {
  return (
    <Panel title="Inference device" label="Inference device">
      {device === null ? (
        <p className={classes(styles['deviceLine'], styles['muted'])}>Chosen when the first model is loaded.</p>
      ) : (
        <dl className={styles['device']}>
          <Item name="Backend">{device.gpu ?? 'CPU'}</Item>
          <Item name="Devices">{device.deviceNames.length === 0 ? 'no GPU in use' : device.deviceNames.join(', ')}</Item>
          <Item name="Threads">{device.threads}</Item>
          <Item name="llama.cpp release">{device.release}</Item>
        </dl>
      )}
    </Panel>
  );
}

function Item({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Registry({ models }: { readonly models: readonly ModelStatus[] }) {
  return (
    <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Registry entries">
      <table className={styles['table']}>
        <thead>
          <tr>
            {['Model', 'State', 'Role', 'Tier', 'Architecture', 'Parameters', 'Size', 'Calibration', 'Prompt', 'Licence', 'Source', 'SHA-256'].map((name) => (
              <th key={name} scope="col" className={classes((name === 'Parameters' || name === 'Size') && styles['right'])}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {models.map((status) => (
            <Entry key={status.entry.id} status={status} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Entry({ status: { entry, state, problem } }: { readonly status: ModelStatus }) {
  const { copyText } = usePlatform();
  const { calibration } = entry;
  return (
    <>
      <tr data-testid="model-row" className={classes(problem !== null && styles['withProblem'])}>
        <th scope="row">
          {entry.id}
          <span className={styles['file']}>{entry.file}</span>
        </th>
        <td>
          <span className={styles['state']} data-state={state}>
            {words(state)}
          </span>
        </td>
        <td>{entry.role}</td>
        <td>{entry.tier}</td>
        <td>{entry.architecture}</td>
        <td className={styles['right']}>{parameters(entry.parameters)}</td>
        <td className={styles['right']} title={`${count(entry.bytes)} bytes`}>
          {bytes(entry.bytes)}
        </td>
        <td>
          {entry.role === 'embedder' ? (
            '–'
          ) : calibration === null ? (
            <span className={styles['muted']} title="The action with the highest probability is taken">
              not calibrated, argmax
            </span>
          ) : (
            <span title={`Fitted on ${calibration.fittedOn}, ${count(calibration.rows)} rows`}>
              T {fixed(calibration.temperature)}, ECE {fixed(calibration.eceBefore, 3)} → {fixed(calibration.eceAfter, 3)}
              <span className={styles['file']}>
                {calibration.fittedOn}, {count(calibration.rows)} rows
              </span>
            </span>
          )}
        </td>
        <td className={styles['nowrap']}>{entry.promptVersion}</td>
        <td className={styles['whole']}>{entry.licence}</td>
        <td className={styles['source']}>{entry.source}</td>
        <td>
          <span className={styles['hash']}>
            <code title={entry.sha256}>{middle(entry.sha256, 6)}</code>
            <Button
              icon="copy"
              variant="quiet"
              aria-label={`Copy the SHA-256 of ${entry.id}`}
              title="Copy the SHA-256"
              onClick={() => void copyText(entry.sha256)}
            />
          </span>
        </td>
      </tr>
      {problem === null ? null : (
        <tr className={styles['problem']}>
          <td colSpan={12}>{problem}</td>
        </tr>
      )}
    </>
  );
}
