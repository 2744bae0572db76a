import type { Action, PerAction } from '../../contract/actions.ts';
import { words } from '../lib/format.ts';
import styles from './ActionChip.module.css';

interface ActionMark {
  /** Stands for the action beside its shape, so that colour is never alone. */
  readonly letter: string;
  readonly token: string;
  readonly path: string;
  readonly short: string;
  /** For table cells. */
  readonly tiny: string;
}

const MARKS: PerAction<ActionMark> = {
  ALLOW: { letter: 'A', token: '--action-allow', path: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z', short: 'Allow', tiny: 'Allow' },
  BLOCK: {
    letter: 'B',
    token: '--action-block',
    path: 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z',
    short: 'Block',
    tiny: 'Block',
  },
  SPOTLIGHT: { letter: 'S', token: '--action-spotlight', path: 'M8 .8 15.2 8 8 15.2.8 8z', short: 'Spotlight', tiny: 'Spotlight' },
  SEMANTIC_DIFF: { letter: 'D', token: '--action-semantic-diff', path: 'M2 2h5v12H2zM9 2h5v12H9z', short: 'Semantic diff', tiny: 'Diff' },
  CAPABILITY_MEDIATION: {
    letter: 'M',
    token: '--action-capability-mediation',
    path: 'M8 1.2 15.3 14.5H.7z',
    short: 'Mediate',
    tiny: 'Mediate',
  },
  REVOKE_STDIO: {
    letter: 'R',
    token: '--action-revoke-stdio',
    path: 'M8 .9 15.3 6.2 12.5 14.8h-9L.7 6.2z',
    short: 'Revoke STDIO',
    tiny: 'Revoke',
  },
};

export function actionShortName(action: Action): string {
  return MARKS[action].short;
}

/** CSS colour of an action, following the theme. */
export function actionColour(action: Action): string {
  return `var(${MARKS[action].token})`;
}

/** Shape, letter and colour of an action; decorative, its name stands beside it. */
export function ActionMarkIcon({ action, size = 16 }: { readonly action: Action; readonly size?: number }) {
  const { path, letter } = MARKS[action];
  return (
    <svg className={styles['mark']} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={path} fill={actionColour(action)} />
      <text
        x="8"
        y={action === 'CAPABILITY_MEDIATION' ? 12.6 : 11.3}
        textAnchor="middle"
        className={styles['letter']}
        fontSize={action === 'CAPABILITY_MEDIATION' ? 7.5 : 9}
      >
        {letter}
      </text>
    </svg>
  );
}

export function ActionChip({ action, testId }: { readonly action: Action; readonly testId?: string }) {
  return (
    <span className={styles['chip']} style={{ borderColor: actionColour(action) }}>
      <ActionMarkIcon action={action} size={18} />
      <span data-testid={testId}>{words(action)}</span>
    </span>
  );
}

/** The chip's small form for table cells. */
export function ActionLabel({ action }: { readonly action: Action }) {
  return (
    <span className={styles['label']} title={words(action)}>
      <ActionMarkIcon action={action} size={14} />
      <span className={styles['labelText']}>{MARKS[action].tiny}</span>
    </span>
  );
}
