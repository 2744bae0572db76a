import type { RefObject } from 'react';
import { useStore } from 'zustand';
import { LIBRARY_SORTS, OUTCOMES, type LibraryFilter, type LibrarySort, type Outcome } from '../../../../contract/replays.ts';
import { PHASES, type Phase } from '../../../../contract/observation.ts';
import { useSearchPlaceholder } from '../../../app/keys/useKeys.ts';
import { PHASE_NAMES, words } from '../../../lib/format.ts';
import { Button } from '../../../widgets/Button.tsx';
import { SearchField } from '../../../widgets/SearchField.tsx';
import { SelectField, type SelectOption } from '../../../widgets/SelectField.tsx';
import { NO_FILTER, type LibrarySession } from './librarySession.ts';
import styles from './LibraryFilters.module.css';

const OUTCOME_NAMES: { readonly [O in Outcome]: string } = {
  any: 'Any',
  breach: 'Breach',
  trained_breach: 'Trained breached',
  baseline_breach_only: 'Only baseline breached',
  false_alarm: 'False alarm',
  trained_false_alarm: 'Trained false alarm',
  clean: 'No error',
  unfinished: 'Unfinished',
};
const SORT_NAMES: { readonly [S in LibrarySort]: string } = {
  stored: 'Stored',
  reward_gap: 'Reward gap',
  trained_reward: 'Trained reward',
  baseline_reward: 'Baseline reward',
  disagreements: 'Disagreements',
  messages: 'Messages',
};
const OUTCOME_OPTIONS: readonly SelectOption<Outcome>[] = OUTCOMES.map((value) => ({ value, label: OUTCOME_NAMES[value] }));
const SORT_OPTIONS: readonly SelectOption<LibrarySort>[] = LIBRARY_SORTS.map((value) => ({ value, label: SORT_NAMES[value] }));
const PHASE_OPTIONS: readonly SelectOption<Phase | ''>[] = [
  { value: '', label: 'Any' },
  ...PHASES.map((value) => ({ value, label: PHASE_NAMES[value] })),
];
const DISAGREEMENT_OPTIONS: readonly SelectOption<LibraryFilter['disagreement']>[] = [
  { value: 'any', label: 'Any' },
  { value: 'some', label: 'Some', note: 'Different actions on a message' },
  { value: 'none', label: 'None' },
];
type Shown = 'all' | 'pinned' | 'deleted';
const SHOWN_OPTIONS: readonly SelectOption<Shown>[] = [
  { value: 'all', label: 'All' },
  { value: 'pinned', label: 'Pinned' },
  { value: 'deleted', label: 'Deleted', note: 'Can be restored for 30 days' },
];

/** Any of these names, or none. */
function named<T extends string>(names: readonly T[], label: (name: T) => string = (name) => name): readonly SelectOption<T | ''>[] {
  return [{ value: '', label: 'Any' }, ...names.map((value) => ({ value, label: label(value) }))];
}

interface LibraryFiltersProps {
  readonly session: LibrarySession;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly onSearched: () => void;
}

/** What the list shows and in which order. */
export function LibraryFilters({ session, search, onSearched }: LibraryFiltersProps) {
  const filter = useStore(session.store, (model) => model.filter);
  const facets = useStore(session.store, (model) => model.facets);
  const sort = useStore(session.store, (model) => model.sort);
  const descending = useStore(session.store, (model) => model.descending);
  const change = (part: Partial<LibraryFilter>): void => session.change({ filter: { ...session.store.getState().filter, ...part } });
  const placeholder = useSearchPlaceholder('library.search');
  const shown: Shown = filter.deleted ? 'deleted' : filter.pinned ? 'pinned' : 'all';
  const restricted = JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
  return (
    <div className={styles['bar']} role="group" aria-label="Filters">
      <SearchField
        ref={search}
        label="Search episodes"
        placeholder={placeholder}
        title="Beginnings of words: servers, tools, vectors, models, tags, notes, seeds, ids"
        size="tall"
        testId="library-search"
        value={filter.search}
        onChange={(value) => change({ search: value })}
        onLeave={onSearched}
      />
      <SelectField
        label="Outcome"
        testId="filter-outcome"
        value={filter.outcome}
        options={OUTCOME_OPTIONS}
        onChange={(outcome) => change({ outcome })}
      />
      <SelectField
        label="Vector"
        testId="filter-vector"
        value={filter.vectors[0] ?? ''}
        options={named(facets?.vectors ?? [], words)}
        onChange={(vector) => change({ vectors: vector === '' ? [] : [vector] })}
      />
      <SelectField
        label="Model"
        testId="filter-model"
        value={filter.model ?? ''}
        options={named(facets?.models ?? [])}
        onChange={(model) => change({ model: model === '' ? null : model })}
      />
      <SelectField
        label="Phase"
        testId="filter-phase"
        value={filter.phase ?? ''}
        options={PHASE_OPTIONS}
        onChange={(phase) => change({ phase: phase === '' ? null : phase })}
      />
      <SelectField
        label="Disagreement"
        testId="filter-disagreement"
        value={filter.disagreement}
        options={DISAGREEMENT_OPTIONS}
        onChange={(disagreement) => change({ disagreement })}
      />
      <SelectField
        label="Tag"
        testId="filter-tag"
        value={filter.tag ?? ''}
        options={named(facets?.tags ?? [])}
        onChange={(tag) => change({ tag: tag === '' ? null : tag })}
      />
      <SelectField
        label="Show"
        testId="filter-shown"
        value={shown}
        options={SHOWN_OPTIONS}
        onChange={(value) => change({ pinned: value === 'pinned', deleted: value === 'deleted' })}
      />
      <div className={styles['sort']}>
        <SelectField
          label="Sort by"
          testId="library-sort"
          value={sort}
          options={SORT_OPTIONS}
          onChange={(next) => session.change({ sort: next })}
        />
        <Button
          variant="quiet"
          aria-label={descending ? 'Largest or newest first; change' : 'Smallest or oldest first; change'}
          title={descending ? 'Largest or newest first' : 'Smallest or oldest first'}
          testId="library-direction"
          onClick={() => session.change({ descending: !descending })}
        >
          {descending ? '↓' : '↑'}
        </Button>
      </div>
      <Button
        size="small"
        variant="quiet"
        disabled={!restricted}
        testId="filter-clear"
        onClick={() => session.change({ filter: NO_FILTER })}
      >
        Clear
      </Button>
    </div>
  );
}
