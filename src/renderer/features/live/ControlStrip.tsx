import { useMemo, type ReactNode } from 'react';
import type { LiveState } from '../../../contract/live.ts';
import { classes } from '../../lib/classes.ts';
import { count, fixed, PHASE_NAMES, signed } from '../../lib/format.ts';
import { Button } from '../../widgets/Button.tsx';
import { useConnectionState } from '../../platform/PlatformContext.ts';
import { useLive, useLiveFeature } from './LiveContext.ts';
import { rewardGap } from './liveView.ts';
import styles from './ControlStrip.module.css';

const STATE_NAMES: { readonly [S in LiveState]: string } = {
  idle: 'Idle',
  loading: 'Loading models…',
  running: 'Running',
  stepping: 'Playing one message…',
  paused: 'Paused',
  stopping: 'Stopping…',
  failed: 'Failed',
};

/** Which commands make sense now; none while the backend cannot be reached. */
export function useAllowedCommands(): AllowedCommands {
  const state = useLive(({ view }) => view?.state ?? null);
  const connected = useConnectionState().status === 'open';
  return useMemo(() => allowedCommands(connected ? state : null), [state, connected]);
}

interface AllowedCommands {
  readonly start: boolean;
  readonly next: boolean;
  readonly pause: boolean;
  readonly stop: boolean;
}

function allowedCommands(state: LiveState | null): AllowedCommands {
  const resting = state === 'idle' || state === 'failed' || state === 'paused';
  return {
    // A single step that is under way goes on as a run.
    start: resting || state === 'stepping',
    next: resting,
    pause: state === 'running' || state === 'stepping' || state === 'loading',
    stop: state !== null && state !== 'idle' && state !== 'stopping',
  };
}

/** Transport controls on the left, the comparison's figures on the right. */
export function ControlStrip() {
  const { session } = useLiveFeature();
  const state = useLive(({ view }) => view?.state ?? null);
  const allowed = useAllowedCommands();
  return (
    <div className={styles['strip']}>
      <div className={styles['controls']} role="group" aria-label="Playback">
        <Button icon="step" command="live.next" testId="live-next" disabled={!allowed.next} onClick={() => void session.next()}>
          Next message
        </Button>
        <Button
          icon="play"
          command="live.start"
          variant="primary"
          testId="live-start"
          disabled={!allowed.start}
          onClick={() => void session.start()}
        >
          {state === 'paused' ? 'Resume' : 'Live'}
        </Button>
        <Button icon="pause" command="live.pause" testId="live-pause" disabled={!allowed.pause} onClick={() => void session.pause()}>
          Pause
        </Button>
        <Button icon="stop" command="live.stop" testId="live-stop" disabled={!allowed.stop} onClick={() => void session.stop()}>
          Stop
        </Button>
        <span className={styles['state']} data-state={state} data-testid="live-state">
          {state === null ? 'Loading…' : STATE_NAMES[state]}
        </span>
      </div>
      <Figures />
    </div>
  );
}

function Figures() {
  const totals = useLive(({ view }) => view?.totals ?? null);
  const curriculum = useLive(({ view }) => view?.curriculum ?? null);
  const episodeIndex = useLive(({ view }) => (view === null || view.episodeId === null ? null : view.episodeIndex));
  const queueDepth = useLive(({ view }) => view?.queueDepth ?? null);
  const episodeLength = useLive(({ view }) => view?.episodeLength ?? null);
  const gap = totals === null ? null : rewardGap(totals);
  return (
    <dl className={styles['figures']}>
      <Figure label="Episode" testId="live-episode">
        {episodeIndex === null ? '–' : count(episodeIndex + 1)}
      </Figure>
      <Figure label="Queue depth" testId="queue-depth" title="Messages of the current episode not played yet">
        {queueDepth === null ? '–' : count(queueDepth)}
        {episodeLength === null ? null : <small> of {episodeLength}</small>}
      </Figure>
      <Figure label="Curriculum phase" testId="phase" wide>
        {curriculum === null ? '–' : PHASE_NAMES[curriculum.phase]}
      </Figure>
      <Figure label="Score average" title="Moving average of the trained lane’s episode scores, 0 to 1; moves the curriculum on">
        {curriculum === null ? '–' : fixed(curriculum.average, 3)}
        {curriculum === null ? null : <small> over {count(curriculum.episodesInPhase)} ep.</small>}
      </Figure>
      <Figure
        label="Reward gap"
        testId="reward-gap"
        title="Mean reward of the trained lane less that of the baseline, per step played"
        main
      >
        {gap === null ? '–' : signed(gap, 3)}
        <small> / step</small>
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly testId?: string;
  readonly title?: string;
  readonly main?: boolean;
  readonly wide?: boolean;
}

function Figure({ label, children, testId, title, main = false, wide = false }: FigureProps) {
  return (
    <div className={classes(styles['figure'], main && styles['main'], wide && styles['wide'])} title={title}>
      <dt>{label}</dt>
      <dd data-testid={testId}>{children}</dd>
    </div>
  );
}
