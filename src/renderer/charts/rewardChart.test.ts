import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewardChartOption, valueAt } from './rewardChart.ts';

const COLOURS = { text: '#1', muted: '#2', line: '#3', surface: '#4', baseline: '#5', trained: '#6' };

describe('valueAt', () => {
  it('gives the reward of the last step that was played', () => {
    const curve = fc
      .uniqueArray(fc.integer({ min: 1, max: 500 }), { maxLength: 40 })
      .map((steps) => steps.sort((a, b) => a - b).map((step) => [step, step * 2] as const));
    fc.assert(
      fc.property(curve, fc.integer({ min: 0, max: 600 }), (points, step) => {
        expect(valueAt(points, step)).toBe(points.findLast(([at]) => at <= step)?.[1] ?? null);
      }),
    );
  });
});

describe('rewardChartOption', () => {
  const option = rewardChartOption(
    {
      baseline: [[1, -1]],
      trained: [
        [1, 0.5],
        [2, 1],
      ],
    },
    COLOURS,
  );

  it('tells the lanes apart by dash as well as by colour', () => {
    const series = [option.series].flat() as { id: string; lineStyle: { type: string; color: string } }[];
    expect(series.map(({ id, lineStyle }) => [id, lineStyle.type, lineStyle.color])).toEqual([
      ['baseline', 'dashed', '#5'],
      ['trained', 'solid', '#6'],
    ]);
  });

  it('writes its tooltip as text on the canvas, with both lanes and their difference', () => {
    const tooltip = option.tooltip as { renderMode: string; formatter: (points: unknown) => string };
    expect(tooltip.renderMode).toBe('richText');
    expect(tooltip.formatter([{ value: [2, 1] }])).toBe('Step 2\nTrained +1.00\nBaseline −1.00\nDifference +2.00');
  });
});
