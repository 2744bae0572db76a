import type { Rate } from '../../../contract/wilson.ts';
import styles from './Figures.module.css';

const WIDTH = 120;
const HEIGHT = 14;

/** A share as a bar with its interval as a whisker; the figures stand beside it. */
export function RateBar({ rate, colour }: { readonly rate: Rate; readonly colour: string }) {
  const x = (share: number): number => 1 + share * (WIDTH - 2);
  return (
    <svg
      className={styles['bar']}
      width="100%"
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect x={0.5} y={0.5} width={WIDTH - 1} height={HEIGHT - 1} fill="none" stroke="var(--line)" vectorEffect="non-scaling-stroke" />
      <rect x={1} y={3} width={Math.max(0, x(rate.rate) - 1)} height={HEIGHT - 6} fill={colour} opacity={0.6} />
      <path
        d={`M${x(rate.low)} ${HEIGHT / 2}H${x(rate.high)}M${x(rate.low)} 4v6M${x(rate.high)} 4v6`}
        fill="none"
        stroke="var(--text)"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
