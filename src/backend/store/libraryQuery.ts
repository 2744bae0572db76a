import type { LibraryFilter, LibraryQuery, LibrarySort, Outcome } from '../../contract/replays.ts';

/** SQL with its named parameters. The same filters give the same text, so that statements can be kept. */
export interface SqlText {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number | null>>;
}

export const SORT_COLUMNS: { readonly [S in LibrarySort]: string } = {
  stored: 'seq',
  reward_gap: 'reward_gap',
  trained_reward: 'trained_reward',
  baseline_reward: 'baseline_reward',
  disagreements: 'disagreements',
  messages: 'messages',
};

const OUTCOME_CONDITIONS: { readonly [O in Outcome]: string | null } = {
  any: null,
  breach: '(baseline_breached = 1 OR trained_breached = 1)',
  trained_breach: 'trained_breached = 1',
  baseline_breach_only: 'baseline_breached = 1 AND trained_breached = 0',
  false_alarm: '(baseline_false_alarms > 0 OR trained_false_alarms > 0)',
  trained_false_alarm: 'trained_false_alarms > 0',
  clean: 'baseline_breached = 0 AND trained_breached = 0 AND baseline_false_alarms = 0 AND trained_false_alarms = 0',
  unfinished: 'finished = 0',
};

/** The rows of `library` that a filter selects. */
export interface FilterSql {
  readonly from: string;
  readonly where: string;
  readonly parameters: SqlText['parameters'];
  /** False when every episode that is not deleted passes. */
  readonly restricts: boolean;
}

export function filterSql(filter: LibraryFilter): FilterSql {
  const conditions: string[] = [];
  const parameters: Record<string, string> = {};
  const add = (condition: string, name?: string, value = ''): void => {
    conditions.push(condition);
    if (name !== undefined) parameters[name] = value;
  };
  const outcome = OUTCOME_CONDITIONS[filter.outcome];
  if (outcome !== null) add(outcome);
  if (filter.phase !== null) add('phase = :phase', 'phase', filter.phase);
  if (filter.model !== null) add('(baseline_model = :model OR trained_model = :model)', 'model', filter.model);
  if (filter.disagreement !== 'any') add(`disagreements ${filter.disagreement === 'some' ? '>' : '='} 0`);
  if (filter.pinned) add('pinned = 1');
  if (filter.vectors.length > 0) {
    const wanted = 'SELECT value FROM json_each(:vectors)';
    add(`seq IN (SELECT seq FROM episode_vectors WHERE vector IN (${wanted}))`, 'vectors', JSON.stringify(filter.vectors));
  }
  if (filter.tag !== null) add('seq IN (SELECT seq FROM episode_tags WHERE tag = :tag)', 'tag', filter.tag);
  const search = searchExpression(filter.search);
  if (search !== null) add('library_text MATCH :search', 'search', search);
  return {
    from: search === null ? 'library' : 'library_text JOIN library ON library.seq = library_text.rowid',
    where: [filter.deleted ? 'deleted_at IS NOT NULL' : 'deleted_at IS NULL', ...conditions].join(' AND '),
    parameters,
    restricts: filter.deleted || conditions.length > 0,
  };
}

/** Every word as the beginning of a word or phrase, all of them wanted; null when there is no word. */
export function searchExpression(search: string): string | null {
  const words = search.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.length === 0 ? null : words.map((word) => `"${word.replaceAll('"', '""').replaceAll('\0', '')}"*`).join(' AND ');
}

export function countOf({ from, where, parameters }: Omit<FilterSql, 'restricts'>): SqlText {
  return { sql: `SELECT count(*) AS matching FROM ${from} WHERE ${where}`, parameters };
}

/**
 * One page in the wanted order: pinned first, ties by age; columns `seq`, `value` (what is sorted by) and `matching`.
 * One row more than the limit tells whether there is a next page. The first page of a restricting filter counts what
 * matches in the same pass; otherwise `matching` is null.
 */
export function pageOf(query: LibraryQuery): SqlText {
  const filter = filterSql(query.filter);
  const column = SORT_COLUMNS[query.sort];
  const direction = query.descending ? 'DESC' : 'ASC';
  const order = `ORDER BY pinned DESC, ${column === 'seq' ? '' : `value ${direction}, `}seq ${direction} LIMIT :limit`;
  const rows = `SELECT library.seq AS seq, pinned, ${column === 'seq' ? 'library.seq' : column} AS value FROM ${filter.from} WHERE ${filter.where}`;
  const parameters = { ...filter.parameters, limit: query.limit + 1 };
  const { after } = query;
  if (after === null && filter.restricts)
    return {
      sql: `WITH hits AS MATERIALIZED (${rows}) SELECT seq, value, (SELECT count(*) FROM hits) AS matching FROM hits ${order}`,
      parameters,
    };
  if (after === null) return { sql: `SELECT seq, value, NULL AS matching FROM (${rows}) ${order}`, parameters };
  const beyond = query.descending ? '<' : '>';
  const key = column === 'seq' ? `seq ${beyond} :afterSeq` : `(value, seq) ${beyond} (:afterValue, :afterSeq)`;
  return {
    sql: `SELECT seq, value, NULL AS matching FROM (${rows}) WHERE pinned < :afterPinned OR (pinned = :afterPinned AND ${key}) ${order}`,
    parameters: {
      ...parameters,
      afterPinned: after.pinned ? 1 : 0,
      ...(column === 'seq' ? {} : { afterValue: after.value }),
    },
  };
}
