import { METRIC_ROLES, SYSTEM_PREFIX, type MetricRole } from '../../../contract/runMetrics.ts';
import type { RunSummary } from '../../../contract/runs.ts';

/** One chart: of each run the first of `metrics` that it has. */
export interface PanelSpec {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly string[];
}

export interface PanelSection {
  readonly id: string;
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

const KEY_SECTION = 'key';
const PINNED_SECTION = 'pinned';
const OTHER = 'other';

/** Part of a metric's name that groups it: up to the first slash, else up to the first dot. */
function prefixOf(metric: string): string {
  const at = metric.search(/[/.]/);
  return at <= 0 ? OTHER : metric.slice(0, at);
}

/**
 * The panels for some runs: pinned ones first, then the quantities that every training has, whatever each run calls them, then
 * all other metrics by prefix, those of the machine last.
 */
export function panelSections(runs: readonly RunSummary[], pinned: readonly string[]): readonly PanelSection[] {
  const names = new Set(runs.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  const roles = METRIC_ROLES.filter(({ metrics }) => metrics.some((name) => names.has(name)));
  const byRole = roles.map(({ id, title, metrics }): PanelSpec => ({ id: `role:${id}`, title, metrics }));
  // What a role's panel does not show of some run, since another of the run's names came first, keeps a panel of its own.
  const unshown = new Set(
    runs.flatMap((run) => {
      const own = new Set(run.metrics.map(({ name }) => name));
      for (const { metrics } of roles as readonly MetricRole[]) {
        const first = metrics.find((name) => own.has(name));
        if (first !== undefined) own.delete(first);
      }
      return [...own];
    }),
  );
  const rest = [...unshown].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const prefixes = [...new Set(rest.map(prefixOf))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en'));
  const all: PanelSection[] = [
    { id: KEY_SECTION, title: 'Key metrics', panels: byRole },
    ...prefixes.map((prefix): PanelSection => ({
      id: `prefix:${prefix}`,
      title: prefix === OTHER ? 'Other metrics' : `${prefix}` === SYSTEM_PREFIX.slice(0, -1) ? 'System' : prefix,
      panels: rest.filter((name) => prefixOf(name) === prefix).map((name) => ({ id: `metric:${name}`, title: name, metrics: [name] })),
    })),
  ];
  const panels = new Map(all.flatMap((section) => section.panels.map((panel) => [panel.id, panel] as const)));
  const chosen = pinned.flatMap((id) => panels.get(id) ?? []);
  return [{ id: PINNED_SECTION, title: 'Pinned', panels: chosen }, ...all]
    .map((section) =>
      section.id === PINNED_SECTION ? section : { ...section, panels: section.panels.filter(({ id }) => !pinned.includes(id)) },
    )
    .filter((section) => section.panels.length > 0);
}

function rank(prefix: string): number {
  if (prefix === SYSTEM_PREFIX.slice(0, -1)) return 2;
  return prefix === OTHER ? 1 : 0;
}
