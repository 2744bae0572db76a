import type { AnalystId, ReviewFilter, ReviewSort } from '../../contract/review.ts';

/** A condition on `review_items i` with its parameters. */
export interface SqlCondition {
  readonly sql: string;
  readonly parameters: { readonly [name: string]: string | number };
}

/** A label of the analyst that is in force. */
export const IN_FORCE = 'NOT EXISTS (SELECT 1 FROM review_retractions r WHERE r.label = x.seq)';
export const MY_LABEL = `EXISTS (SELECT 1 FROM review_labels x WHERE x.item = i.seq AND x.analyst = :analyst AND ${IN_FORCE})`;
const CLOSED = "i.status IN ('submitted', 'adjudicated', 'discarded')";
/** The analyst may see what the simulation knows. */
const REVEALED = `(${CLOSED} AND (i.gold = 0 OR ${MY_LABEL}))`;
const FIRST_CHOICE = 'EXISTS (SELECT 1 FROM review_drafts d WHERE d.item = i.seq AND d.analyst = :analyst AND d.first_choice IS NOT NULL)';
/** The analyst may see what models and critic decided. */
const SHOWN = `((i.gold = 0 AND (i.required = 1 OR i.status NOT IN ('pending', 'needs_second'))) OR ${FIRST_CHOICE} OR ${MY_LABEL})`;
const DIFFERENT_LABELS = `(SELECT count(DISTINCT x.action) FROM review_labels x WHERE x.item = i.seq AND x.purpose IN ('label', 'bulk') AND ${IN_FORCE}) > 1`;

/** Shortest text that the trigram index can find; shorter ones are looked for in server and tool. */
const TRIGRAM = 3;

/** What a filter means in SQL. Parameters are bound, names come from the schema. @param analyst null: nobody's own view */
export function filterCondition(filter: ReviewFilter, analyst: AnalystId | null, now: number): SqlCondition {
  const parts: string[] = [];
  const parameters: { [name: string]: string | number } = { analyst: analyst ?? '', now };
  const equal = (column: string, name: string, value: string | undefined): void => {
    if (value === undefined) return;
    parts.push(`${column} = :${name}`);
    parameters[name] = value;
  };
  const oneOf = (column: string, values: readonly string[] | undefined): void => {
    if (values === undefined || values.length === 0) return;
    parts.push(`${column} IN (${values.map((value) => `'${value}'`).join(', ')})`);
  };
  oneOf('i.status', filter.states);
  oneOf('i.source', filter.sources);
  if (filter.causes !== undefined && filter.causes.length > 0) parts.push(`(${filter.causes.map((cause) => `i.${cause}`).join(' OR ')})`);
  equal('i.vector', 'family', filter.family);
  if (filter.family !== undefined) parts.push(REVEALED);
  equal('i.baseline_action', 'baselineAction', filter.baselineAction);
  equal('i.trained_action', 'trainedAction', filter.trainedAction);
  if (filter.model !== undefined) {
    parts.push('(i.baseline_model = :model OR i.trained_model = :model)');
    parameters['model'] = filter.model;
  }
  if (filter.maxMargin !== undefined) {
    parts.push('i.margin <= :maxMargin');
    parameters['maxMargin'] = filter.maxMargin;
  }
  if (filter.baselineAction !== undefined || filter.trainedAction !== undefined || filter.maxMargin !== undefined) parts.push(SHOWN);
  if (filter.mine === true) {
    parts.push(
      `(${MY_LABEL} OR EXISTS (SELECT 1 FROM review_drafts d WHERE d.item = i.seq AND d.analyst = :analyst AND d.draft IS NOT NULL)
        OR EXISTS (SELECT 1 FROM review_leases l WHERE l.item = i.seq AND l.analyst = :analyst AND l.expires_at > :now))`,
    );
  }
  if (filter.disagreements === true) parts.push(`(i.status = 'conflict' OR (i.status = 'adjudicated' AND ${DIFFERENT_LABELS}))`);
  const text = filter.text?.trim() ?? '';
  if ([...text].length >= TRIGRAM) {
    parts.push('i.seq IN (SELECT rowid FROM review_search WHERE review_search MATCH :text)');
    parameters['text'] = `"${text.replaceAll('"', '""')}"`;
  } else if (text !== '') {
    parts.push("(i.server LIKE :text ESCAPE '\\' OR i.tool LIKE :text ESCAPE '\\')");
    parameters['text'] = `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
}

interface SortOrder {
  readonly orderBy: string;
  /** Value of the cursor's first half. */
  readonly key: 'margin' | 'severity' | 'seq';
  readonly after: string;
}

export const SORT_ORDERS: { readonly [S in ReviewSort]: SortOrder } = {
  uncertainty: { orderBy: 'i.margin, i.seq', key: 'margin', after: '(i.margin, i.seq) > (:cursorKey, :cursorSeq)' },
  newest: { orderBy: 'i.seq DESC', key: 'seq', after: 'i.seq < :cursorSeq' },
  oldest: { orderBy: 'i.seq', key: 'seq', after: 'i.seq > :cursorSeq' },
  severity: {
    orderBy: 'i.severity DESC, i.seq',
    key: 'severity',
    after: '(i.severity < :cursorKey OR (i.severity = :cursorKey AND i.seq > :cursorSeq))',
  },
};

/** Items that the analyst may decide now: open, not held by another, not labelled or skipped by this one. */
export const AVAILABLE = `
  NOT EXISTS (SELECT 1 FROM review_leases l WHERE l.item = i.seq AND l.analyst <> :analyst AND l.expires_at > :now AND l.heartbeat_at > :now - :silent)
  AND NOT EXISTS (SELECT 1 FROM review_skips s WHERE s.item = i.seq AND s.analyst = :analyst)`;
