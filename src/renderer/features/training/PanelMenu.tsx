import { Menu } from '@base-ui/react/menu';
import type { ReactNode } from 'react';
import type { PANEL_EXPORT_FORMATS, RunSummary } from '../../../contract/runs.ts';
import type { Range } from '../../charts/axisRange.ts';
import { curveChartOption } from '../../charts/curveChart.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { drawPng, drawSvg, exportPoints, fileName } from './exportPanel.ts';
import type { PanelSpec } from './panels.ts';
import { movePinned, toggled, training, useTraining } from './trainingStore.ts';
import type { PanelChart } from './usePanelChart.ts';
import styles from './ChartPanel.module.css';

interface PanelMenuProps {
  readonly panel: PanelSpec;
  readonly chart: PanelChart | null;
  readonly shown: () => Range;
  readonly runs: readonly RunSummary[];
  readonly onProblem: (problem: Problem | null) => void;
  readonly table: boolean;
  /** Null where there is no room for a table. */
  readonly onTable: ((shown: boolean) => void) | null;
}

/** What can be done with one panel. */
export function PanelMenu({ panel, chart, shown, runs, onProblem, table, onTable }: PanelMenuProps) {
  const { client, saveFile } = usePlatform();
  const at = useTraining((state) => state.pinned.indexOf(panel.id));
  const last = useTraining((state) => state.pinned.length - 1);
  const name = fileName(panel.title);
  const exported = (extension: string, work: () => Promise<Blob> | Blob): void => {
    const run = async (): Promise<void> => {
      onProblem(null);
      try {
        saveFile(`${name}.${extension}`, await work());
      } catch (error) {
        onProblem(describeError(error));
      }
    };
    void run();
  };
  const picture = (): ReturnType<typeof curveChartOption> => {
    if (chart === null) throw new Error('There is nothing to export.');
    const [from, to] = shown();
    return curveChartOption({ ...chart.input, x: { ...chart.input.x, from, to } }, panel.title);
  };
  const points = (format: (typeof PANEL_EXPORT_FORMATS)[number]): Promise<Blob> => {
    const { x, view } = training.getState();
    return exportPoints(client, {
      format,
      title: panel.title.slice(0, 200),
      runs: runs.map(({ id }) => id),
      metrics: [...panel.metrics],
      x,
      view: view === null ? null : [view[0], view[1]],
    });
  };
  const item = (children: ReactNode, onClick: () => void, disabled = false) => (
    <Menu.Item className={styles['menuItem']} disabled={disabled} onClick={onClick}>
      {children}
    </Menu.Item>
  );
  const nothing = chart === null;
  return (
    <Menu.Root>
      <Menu.Trigger render={<Button icon="more" size="small" variant="quiet" aria-label={`Menu of ${panel.title}`} testId="panel-menu" />} />
      <Menu.Portal>
        <Menu.Positioner className={styles['menuPlace']} sideOffset={4} align="end">
          <Menu.Popup className={styles['menu']}>
            {item(at < 0 ? 'Pin to the top' : 'Unpin', () => training.setState((state) => ({ pinned: toggled(state.pinned, panel.id) })))}
            {at > 0 ? item('Move up', () => movePinned(panel.id, at - 1)) : null}
            {at >= 0 && at < last ? item('Move down', () => movePinned(panel.id, at + 1)) : null}
            {onTable === null ? null : item(table ? 'View values at the crosshair' : 'View as table', () => onTable(!table))}
            <Menu.Separator className={styles['menuLine']} />
            {item('Export PNG', () => exported('png', () => drawPng(picture())), nothing)}
            {item('Export SVG', () => exported('svg', () => drawSvg(picture())), nothing)}
            {item('Export CSV, raw points', () => exported('csv', () => points('csv')), nothing)}
            {item('Export JSON, raw points', () => exported('json', () => points('json')), nothing)}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
