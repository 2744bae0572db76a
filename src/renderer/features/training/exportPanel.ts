import type { CsvInput } from '../../../contract/runs.ts';
import { renderPng, renderSvg, type ChartOption } from '../../charts/EChart.tsx';
import type { BackendClient } from '../../platform/platform.ts';

const PICTURE = { width: 1_200, height: 640 } as const;

export async function savePng(name: string, option: ChartOption): Promise<void> {
  save(`${name}.png`, await renderPng(option, PICTURE));
}

export function saveSvg(name: string, option: ChartOption): void {
  save(`${name}.svg`, new Blob([renderSvg(option, PICTURE)], { type: 'image/svg+xml' }));
}

/** All raw points of the panel, page by page, as one file. */
export async function saveCsv(name: string, client: BackendClient, input: Omit<CsvInput, 'cursor'>): Promise<void> {
  const parts: string[] = [];
  for (let cursor: number | null = 0; cursor !== null;) {
    const page: Awaited<ReturnType<BackendClient['runs']['csv']>> = await client.runs.csv({ ...input, cursor });
    parts.push(page.text);
    cursor = page.next;
  }
  save(`${name}.csv`, new Blob(parts, { type: 'text/csv;charset=utf-8' }));
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

function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
