import type { Lane } from '../../contract/live.ts';

/** How a lane is drawn: baseline dashed, trained solid. */
export function LaneLine({ lane }: { readonly lane: Lane }) {
  return (
    <svg width="18" height="8" aria-hidden="true">
      <line
        x1="1"
        y1="4"
        x2="17"
        y2="4"
        stroke={`var(--lane-${lane})`}
        strokeWidth="2.5"
        strokeDasharray={lane === 'baseline' ? '5 3' : undefined}
      />
    </svg>
  );
}
