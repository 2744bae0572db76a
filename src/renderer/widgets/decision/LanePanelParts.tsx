import type { ReactNode } from 'react';
import type { Lane } from '../../../contract/live.ts';
import { LANE_NAMES } from '../../lib/laneNames.ts';
import { LaneLine } from '../LaneLine.tsx';
import styles from './LanePanelParts.module.css';

/** Title of a lane's panel: its line, its name, and the model that decides. */
export function LaneTitle({ lane, model }: { readonly lane: Lane; readonly model: ReactNode }) {
  return (
    <>
      <LaneLine lane={lane} />
      {LANE_NAMES[lane]}
      <LaneNote>{model}</LaneNote>
    </>
  );
}

/** A model or a figure beside a lane's name. */
export function LaneNote({ children }: { readonly children: ReactNode }) {
  return <span className={styles['note']}>{children}</span>;
}

/** That a lane has ended its episode before the other. */
export function LaneWaits({ children, testId }: { readonly children: ReactNode; readonly testId: string }) {
  return (
    <span className={styles['waits']} data-testid={testId}>
      {children}
    </span>
  );
}

/** Why a lane shows its last decision instead of one on the message, and the way to that decision's message. */
export function LaneEnded({ children, action }: { readonly children: ReactNode; readonly action: ReactNode }) {
  return (
    <p className={styles['ended']}>
      <span>
        {children} <strong>Its last decision:</strong>
      </span>
      {action}
    </p>
  );
}
