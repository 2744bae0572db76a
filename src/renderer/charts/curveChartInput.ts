import type { XAxis } from '../../contract/runs.ts';
import type { ChartColours } from './chartColours.ts';
import type { CurveData } from './curveData.ts';
import type { RunStyle } from './runColours.ts';
import type { ScaleKind } from './scale.ts';

export interface ChartCurve extends CurveData {
  readonly style: RunStyle;
  readonly name: string;
}

export interface AxisRange {
  readonly scale: ScaleKind;
  readonly from: number;
  readonly to: number;
}

export interface CurveChartInput {
  readonly curves: readonly ChartCurve[];
  readonly x: AxisRange & { readonly kind: XAxis['kind'] };
  readonly y: AxisRange;
  readonly smoothing: boolean;
  readonly band: boolean;
  readonly raw: boolean;
  readonly colours: ChartColours;
}
