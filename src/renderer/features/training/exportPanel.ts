import type { PanelExportInput, PanelExportPage } from '../../../contract/runs.ts';
import { renderPng, renderSvg, type ChartOption } from '../../charts/EChart.tsx';
import type { BackendClient } from '../../platform/platform.ts';

const PICTURE = { width: 1_200, height: 640 } as const;
const TYPES: { readonly [F in PanelExportInput['format']]: string } = { csv: 'text/csv;charset=utf-8', json: 'application/json' };

export function drawPng(option: ChartOption): Promise<Blob> {
  return renderPng(option, PICTURE);
}

export function drawSvg(option: ChartOption): Blob {
  return new Blob([renderSvg(option, PICTURE)], { type: 'image/svg+xml' });
}

/** All raw points of a panel, page by page, as one file. */
export async function exportPoints(client: BackendClient, input: Omit<PanelExportInput, 'cursor'>): Promise<Blob> {
  const parts: string[] = [];
  for (let cursor: number | null = 0; cursor !== null;) {
    const page: PanelExportPage = await client.runs.export({ ...input, cursor });
    parts.push(page.text);
    cursor = page.next;
  }
  return new Blob(parts, { type: TYPES[input.format] });
}

/** A file name that every system takes. */
export function fileName(title: string): string {
  const name = title
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[-.]+|-+$/g, '')
    .slice(0, 80);
  return name === '' ? 'panel' : name.toLowerCase();
}
