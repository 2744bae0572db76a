import { useMemo } from 'react';
import { activeTheme, useSettings } from '../app/settings.ts';
import type { ChartColours } from './chartColours.ts';

/** The theme's colours as values, since a canvas knows no custom properties. */
export function useChartColours(): ChartColours {
  const theme = useSettings(activeTheme);
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const read = (name: string): string => (theme === 'dark' || theme === 'light' ? style.getPropertyValue(name).trim() : '');
    return {
      text: read('--text'),
      muted: read('--text-muted'),
      line: read('--line'),
      surface: read('--surface-2'),
      baseline: read('--lane-baseline'),
      trained: read('--lane-trained'),
    };
  }, [theme]);
}
