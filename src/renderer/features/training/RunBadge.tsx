import type { RunStyle } from '../../charts/runColours.ts';
import styles from './RunBadge.module.css';

/** A run's number in its colour, over its line: the same number stands where its curve ends. */
export function RunBadge({ style, muted = false }: { readonly style: RunStyle; readonly muted?: boolean }) {
  return (
    <span className={styles['badge']} data-muted={muted} aria-hidden="true">
      <span style={{ color: muted ? undefined : style.colour }}>{style.number}</span>
      <svg width="16" height="2" viewBox="0 0 16 2" focusable="false">
        <path d="M0 1h16" stroke={style.colour} strokeWidth="2" strokeDasharray={style.dash?.join(' ')} opacity={muted ? 0.35 : 1} />
      </svg>
    </span>
  );
}
