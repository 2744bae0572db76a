import type { EvaluationId, EvaluationSummary } from '../../../contract/evaluations.ts';
import { placeHref } from '../../app/useRoute.ts';
import { percent, plural } from '../../lib/format.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import styles from './ReportList.module.css';

interface ReportListProps {
  /** Null while they are not known. */
  readonly reports: readonly EvaluationSummary[] | null;
  readonly shown: EvaluationId | null;
}

/** Kept reports, the newest first. */
export function ReportList({ reports, shown }: ReportListProps) {
  return (
    <Panel title="Reports" label="Reports" className={styles['panel']} testId="evaluation-reports">
      {reports === null ? <Empty title="Loading…" /> : null}
      {reports?.length === 0 ? <Empty title="None kept">The latest 50 stay in the data folder.</Empty> : null}
      <ul className={styles['list']}>
        {reports?.map(({ id, model, suite, rows, costPreset, finishedAt, recall, falsePositiveRate }) => (
          <li key={id}>
            <a
              href={placeHref('evaluation', { path: [id] })}
              aria-current={id === shown ? 'true' : undefined}
              data-testid="evaluation-report-link"
            >
              <span className={styles['name']}>
                {model} on <HostileText text={suite} />
              </span>
              <span className={styles['muted']}>
                {plural(rows, 'message')}, {costPreset}, {finishedAt.slice(0, 16).replace('T', ' ')} UTC
              </span>
              <span className={styles['muted']}>
                recall {percent(recall?.rate ?? null)}, false positives {percent(falsePositiveRate?.rate ?? null)}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
