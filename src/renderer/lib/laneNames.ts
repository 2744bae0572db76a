import type { PerLane } from '../../contract/live.ts';

export const LANE_NAMES: PerLane<string> = { baseline: 'Baseline', trained: 'Trained' };
