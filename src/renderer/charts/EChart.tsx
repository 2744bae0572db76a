import { CustomChart, LineChart, type CustomSeriesOption, type LineSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  type GridComponentOption,
  type LegendComponentOption,
  type TitleComponentOption,
  type TooltipComponentOption,
} from 'echarts/components';
import { init, use as register, type ComposeOption, type EChartsType } from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';
import { useEffect, useLayoutEffect, useRef } from 'react';
import styles from './EChart.module.css';

register([
  LineChart,
  CustomChart,
  GridComponent,
  TooltipComponent,
  MarkLineComponent,
  TitleComponent,
  LegendComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export type ChartOption = ComposeOption<
  LineSeriesOption | CustomSeriesOption | GridComponentOption | TooltipComponentOption | TitleComponentOption | LegendComponentOption
>;

interface EChartProps {
  readonly option: ChartOption;
  /** What the picture shows, for people who do not see it. */
  readonly label: string;
  /** Draws before the page is painted again, so that what moves the picture and the picture change together. */
  readonly atOnce?: boolean;
  readonly testId?: string;
}

/** The only file that touches chart instances. A hidden container measures 0 by 0, so the chart waits for a size. */
export function EChart({ option, label, atOnce = false, testId }: EChartProps) {
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const latest = useRef(option);

  useLayoutEffect(() => {
    latest.current = option;
    if (atOnce && chart.current !== null && container.current?.clientWidth !== chart.current.getWidth()) chart.current.resize();
    chart.current?.setOption(option, { replaceMerge: ['series'], lazyUpdate: !atOnce });
    if (atOnce) chart.current?.getZr().flush();
  }, [option, atOnce]);

  useEffect(() => {
    const element = container.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === 0 || element.clientHeight === 0) return;
      if (chart.current === null) {
        chart.current = init(element, null, { renderer: 'canvas' });
        chart.current.setOption(latest.current);
      } else chart.current.resize();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  return <div ref={container} className={styles['chart']} role="img" aria-label={label} data-testid={testId} />;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** A chart as SVG text, drawn without a page. */
export function renderSvg(option: ChartOption, { width, height }: PictureSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** A chart as a PNG at twice its size, for sharp print. */
export async function renderPng(option: ChartOption, { width, height }: PictureSize): Promise<Blob> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const chart = init(canvas, null, { renderer: 'canvas', width, height, devicePixelRatio: 2 });
  try {
    chart.setOption(option);
    const picture = chart.renderToCanvas({ pixelRatio: 2 });
    return await new Promise<Blob>((resolve, reject) =>
      picture.toBlob(
        (blob) => (blob === null ? reject(new Error('The picture is too large for this browser.')) : resolve(blob)),
        'image/png',
      ),
    );
  } finally {
    chart.dispose();
  }
}
