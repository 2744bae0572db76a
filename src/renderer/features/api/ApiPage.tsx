import { Notice } from '../../widgets/Notice.tsx';
import { ActivityPanel } from './ActivityPanel.tsx';
import { ClientPanel } from './ClientPanel.tsx';
import { ServerControls } from './ServerControls.tsx';
import { useServerStatus } from './serverStatusStore.ts';
import { SessionsPanel } from './SessionsPanel.tsx';
import styles from './ApiPage.module.css';

/** The environment server: on and off, who uses it, and how to use it. */
export function ApiPage() {
  const { status, problem, show } = useServerStatus();
  return (
    <div className={styles['page']}>
      <ServerControls status={status} onStatus={show} />
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} />}
      {status?.problem === null || status === null ? null : <Notice tone="problem" title={status.problem} testId="api-problem" />}
      <div className={styles['columns']}>
        <div className={styles['column']}>
          <ActivityPanel status={status} />
          <SessionsPanel status={status} />
        </div>
        <ClientPanel status={status} />
      </div>
    </div>
  );
}
