import { count, signed } from '../../lib/format.ts';
import { rewardGap, type LiveView } from './liveView.ts';

/** One sentence for screen readers on where the comparison stands. */
export function summarize(view: LiveView): string {
  if (view.state === 'failed') return `The comparison failed. ${view.problem ?? ''}`.trim();
  const { baseline, trained } = view.totals;
  if (baseline.steps + trained.steps === 0) return view.state === 'loading' ? 'Loading models.' : '';
  const gap = rewardGap(view.totals);
  return [
    `${view.state}. ${count(Math.max(baseline.steps, trained.steps))} messages.`,
    `Baseline reward ${signed(baseline.reward)}, ${count(baseline.breaches)} breaches.`,
    `Trained reward ${signed(trained.reward)}, ${count(trained.breaches)} breaches.`,
    gap === null ? '' : `Reward gap ${signed(gap, 3)} per step.`,
  ]
    .join(' ')
    .trim();
}
