import { useMemo, type ReactNode } from 'react';
import type { EnvironmentServerStatus, ServerActivity } from '../../../contract/environmentServer.ts';
import { EChart } from '../../charts/EChart.tsx';
import { rateChartOption } from '../../charts/rateChart.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { count, fixed, plural, signed } from '../../lib/format.ts';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { duration } from './duration.ts';
import styles from './ActivityPanel.module.css';

/** Figures of the running server and its rates over the last minute. */
export function ActivityPanel({ status }: { readonly status: EnvironmentServerStatus | null }) {
  const activity = status?.activity ?? null;
  return (
    <Panel
      title="Activity"
      label="Activity"
      testId="api-activity"
      className={styles['panel']}
      actions={activity === null ? undefined : <span className={styles['uptime']}>up {duration(activity.uptimeMs)}</span>}
    >
      {activity === null ? (
        <Empty title="The environment server is off">
          Switch it on to train against the environment with any OpenEnv client, TRL or plain HTTP. It listens on this machine only.
        </Empty>
      ) : (
        <Activity activity={activity} />
      )}
    </Panel>
  );
}

function Activity({ activity }: { readonly activity: ServerActivity }) {
  const colours = useChartColours();
  const { rates, vector, queues, sessions, capacity } = activity;
  const option = useMemo(() => rateChartOption(rates.history, colours), [rates.history, colours]);
  const depth = queues.workers.reduce((sum, worker) => sum + worker.depth, 0);
  const restarts = queues.workers.reduce((sum, worker) => sum + worker.restarts, 0);
  return (
    <>
      <dl className={styles['figures']}>
        <Figure name="Sessions" testId="api-sessions-count">
          {count(sessions.length)} of {count(capacity)}
        </Figure>
        <Figure name="Requests / s">{fixed(rates.requestsPerSecond, 1)}</Figure>
        <Figure name="Steps / s">{fixed(rates.stepsPerSecond, 1)}</Figure>
        <Figure name="Queue" title="Calls waiting for a worker; decisions waiting for a model">
          {count(depth)} + {count(queues.inference)}
        </Figure>
        <Figure name="Workers" title={`${plural(restarts, 'restart')} since the start`}>
          {count(queues.workers.length)}
        </Figure>
        <Figure
          name="Vector steps"
          title={`${plural(vector.environments, 'environment')}, ${plural(vector.episodes, 'episode')}, ${plural(vector.breaches, 'breach', 'breaches')}`}
        >
          {count(vector.steps)}
        </Figure>
        <Figure name="Vector reward" title="Mean reward per step of the vector environments">
          {vector.meanReward === null ? '–' : signed(vector.meanReward, 3)}
        </Figure>
      </dl>
      <p className={styles['legend']} aria-hidden="true">
        <span className={styles['steps']}>Steps / s</span>
        <span className={styles['requests']}>Requests / s</span>
      </p>
      <EChart
        option={option}
        testId="api-rates"
        label={`Requests and steps a second over the last minute; over the last ten seconds ${fixed(rates.requestsPerSecond, 1)} and ${fixed(rates.stepsPerSecond, 1)}.`}
      />
    </>
  );
}

interface FigureProps {
  readonly name: string;
  readonly title?: string;
  readonly testId?: string;
  readonly children: ReactNode;
}

function Figure({ name, title, testId, children }: FigureProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd data-testid={testId}>{children}</dd>
    </div>
  );
}
