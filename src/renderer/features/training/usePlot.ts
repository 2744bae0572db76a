import { useEffect, useState, type RefObject } from 'react';
import { PLOT_MARGIN } from '../../charts/curveChart.ts';

export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

/** Size of the plot inside an element, null while the element is out of sight. */
export function usePlotSize(element: RefObject<HTMLElement | null>): PlotSize | null {
  const [size, setSize] = useState<PlotSize | null>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    const resize = new ResizeObserver(() => {
      const [width, height] = [
        target.clientWidth - PLOT_MARGIN.left - PLOT_MARGIN.right,
        target.clientHeight - PLOT_MARGIN.top - PLOT_MARGIN.bottom,
      ];
      setSize((before) => (before?.width === width && before.height === height ? before : { width, height }));
    });
    const sight = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting === true), { rootMargin: '120px' });
    resize.observe(target);
    sight.observe(target);
    return () => {
      resize.disconnect();
      sight.disconnect();
    };
  }, [element]);
  return seen && size !== null && size.width > 40 && size.height > 20 ? size : null;
}
