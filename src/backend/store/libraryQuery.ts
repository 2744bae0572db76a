import type { LibraryFilter, LibraryQuery, LibrarySort, Outcome } from '../../contract/replays.ts';

/** SQL with its named parameters. The same filters give the same text, so that statements can be kept. */
export interface SqlText {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number | null>>;
}

export const SORT_COLUMNS: { readonly [S in LibrarySort]: string } = {
  started: 'seq',
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

/** The condition that selects a filter's rows of `library`. */
export function filterCondition(filter: LibraryFilter): SqlText {
  const conditions: string[] = [filter.deleted ? 'deleted_at IS NOT NULL' : 'deleted_at IS NULL'];
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
  if (search !== null) add('seq IN (SELECT rowid FROM library_text WHERE library_text MATCH :search)', 'search', search);
  return { sql: conditions.join(' AND '), parameters };
}

/** Every word as the beginning of a word or phrase, all of them wanted; null when there is no word. */
export function searchExpression(search: string): string | null {
  const words = search.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.length === 0 ? null : words.map((word) => `"${word.replaceAll('"', '""').replaceAll('\0', '')}"*`).join(' AND ');
}

/** One page of `seq` in the wanted order: pinned first, ties by age. One row more than the limit tells whether there is a next page. */
export function pageOf(query: LibraryQuery): SqlText {
  const { sql, parameters } = filterCondition(query.filter);
  const column = SORT_COLUMNS[query.sort];
  const direction = query.descending ? 'DESC' : 'ASC';
  const order = column === 'seq' ? `seq ${direction}` : `${column} ${direction}, seq ${direction}`;
  const beyond = query.descending ? '<' : '>';
  const after = query.after === null ? '' : ` AND (pinned < :afterPinned OR (pinned = :afterPinned AND ${afterKey(column, beyond)}))`;
  return {
    sql: `SELECT seq, ${column} AS value FROM library WHERE ${sql}${after} ORDER BY pinned DESC, ${order} LIMIT :limit`,
    parameters: {
      ...parameters,
      limit: query.limit + 1,
      ...(query.after === null
        ? {}
        : {
            afterPinned: query.after.pinned ? 1 : 0,
            afterId: query.after.id,
            ...(column === 'seq' ? {} : { afterValue: query.after.value }),
          }),
    },
  };
}

function afterKey(column: string, beyond: string): string {
  const seq = '(SELECT seq FROM episodes WHERE id = :afterId)';
  return column === 'seq' ? `seq ${beyond} ${seq}` : `(${column}, seq) ${beyond} (:afterValue, ${seq})`;
}
