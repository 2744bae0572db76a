import { Popover } from '@base-ui/react/popover';
import { useState, type Ref } from 'react';
import { ACTIONS, type Action } from '../../../contract/actions.ts';
import type { ModelId } from '../../../contract/ids.ts';
import {
  DISPUTE_CAUSES,
  REVIEW_SORTS,
  REVIEW_SOURCES,
  REVIEW_STATUSES,
  type DisputeCause,
  type ReviewFilter,
  type ReviewSource,
  type ReviewStatus,
} from '../../../contract/review.ts';
import { useSearchPlaceholder } from '../../app/keys/useKeys.ts';
import { ACTION_NAMES, words } from '../../lib/format.ts';
import { Button } from '../../widgets/Button.tsx';
import { SearchField } from '../../widgets/SearchField.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { useReview, useReviewFeature } from './ReviewContext.ts';
import { OPEN_FILTER } from './reviewStore.ts';
import { CAUSE_NAMES, SORT_NAMES, SOURCE_NAMES, STATE_NAMES } from './reviewWords.ts';
import styles from './FilterBar.module.css';

const ANY = '';
const MARGINS = [1, 0.2, 0.1, 0.05, 0.02] as const;

/** Search, order, and the filters behind a button that says how many are set. */
export function FilterBar({ searchRef }: { readonly searchRef: Ref<HTMLInputElement> }) {
  const { session } = useReviewFeature();
  const filter = useReview((model) => model.filter);
  const sort = useReview((model) => model.sort);
  const set = (change: Partial<ReviewFilter>): void => session.setFilter(cleaned({ ...filter, ...change }));
  const placeholder = useSearchPlaceholder('review.search');
  const active = Object.keys(filter).filter((name) => name !== 'states' && name !== 'text').length;
  return (
    <div className={styles['bar']}>
      <div className={styles['states']}>
        <SelectField
          label="Show"
          value={statesKey(filter.states)}
          options={STATE_OPTIONS}
          onChange={(key) => set({ states: statesOf(key) })}
          testId="review-states"
        />
      </div>
      <div className={styles['sort']}>
        <SelectField
          label="Order"
          value={sort}
          options={REVIEW_SORTS.map((value) => ({ value, label: SORT_NAMES[value] }))}
          onChange={(next) => session.setFilter(filter, next)}
          testId="review-sort"
        />
      </div>
      <SearchField
        ref={searchRef}
        label="Search the queue"
        placeholder={placeholder}
        testId="review-search"
        value={filter.text ?? ''}
        onChange={(text) => set({ text })}
      />
      <Popover.Root>
        <Popover.Trigger render={<Button testId="review-filters">{active === 0 ? 'Filters' : `Filters ${active}`}</Button>} />
        <Popover.Portal>
          <Popover.Positioner sideOffset={4} align="end" className={styles['positioner']}>
            <Popover.Popup className={styles['popup']}>
              <Popover.Title className={styles['title']}>Filters</Popover.Title>
              <MoreFilters filter={filter} set={set} />
              <Views />
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </div>
  );
}

/** Without what restricts nothing. */
function cleaned(filter: { readonly [K in keyof ReviewFilter]: ReviewFilter[K] | undefined }): ReviewFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== '' && value !== false));
}

const STATE_OPTIONS = [
  { value: 'open', label: 'Open' },
  { value: 'all', label: 'Everything' },
  ...REVIEW_STATUSES.map((status) => ({ value: status, label: STATE_NAMES[status] })),
];

function statesKey(states: ReviewFilter['states']): string {
  if (states === undefined || states.length === 0) return 'all';
  return states.length > 1 ? 'open' : (states[0] ?? 'all');
}

function statesOf(key: string): ReviewFilter['states'] {
  if (key === 'open') return OPEN_FILTER.states;
  const status = REVIEW_STATUSES.find((name) => name === key);
  return status === undefined ? undefined : [status satisfies ReviewStatus];
}

interface MoreFiltersProps {
  readonly filter: ReviewFilter;
  readonly set: (change: Partial<{ [K in keyof ReviewFilter]: ReviewFilter[K] | undefined }>) => void;
}

function MoreFilters({ filter, set }: MoreFiltersProps) {
  const overview = useReview((model) => model.overview);
  const actions = [{ value: ANY as Action | '', label: 'Any' }, ...ACTIONS.map((value) => ({ value, label: ACTION_NAMES[value] }))];
  return (
    <div className={styles['fields']}>
      <SelectField<DisputeCause | ''>
        label="Why disputed"
        value={filter.causes?.[0] ?? ANY}
        options={[
          { value: ANY, label: 'Any' },
          ...DISPUTE_CAUSES.map((value) => ({ value, label: CAUSE_NAMES[value], note: `${overview?.byCause[value] ?? 0} open` })),
        ]}
        onChange={(cause) => set({ causes: cause === ANY ? undefined : [cause] })}
        testId="review-filter-cause"
      />
      <SelectField<ReviewSource | ''>
        label="Source"
        value={filter.sources?.[0] ?? ANY}
        options={[{ value: ANY, label: 'Any' }, ...REVIEW_SOURCES.map((value) => ({ value, label: SOURCE_NAMES[value] }))]}
        onChange={(source) => set({ sources: source === ANY ? undefined : [source] })}
        testId="review-filter-source"
      />
      <SelectField
        label="Baseline action"
        value={filter.baselineAction ?? ANY}
        options={actions}
        onChange={(action) => set({ baselineAction: action === ANY ? undefined : action })}
        testId="review-filter-baseline"
      />
      <SelectField
        label="Trained action"
        value={filter.trainedAction ?? ANY}
        options={actions}
        onChange={(action) => set({ trainedAction: action === ANY ? undefined : action })}
        testId="review-filter-trained"
      />
      <SelectField<ModelId | ''>
        label="Model"
        value={filter.model ?? ANY}
        options={[{ value: ANY, label: 'Any' }, ...(overview?.models ?? []).map((value) => ({ value, label: value }))]}
        onChange={(model) => set({ model: model === ANY ? undefined : model })}
        testId="review-filter-model"
      />
      <SelectField
        label="Margin"
        value={filter.maxMargin ?? 1}
        options={MARGINS.map((value) => ({ value: value, label: value === 1 ? 'Any' : `Up to ${value}` }))}
        onChange={(margin) => set({ maxMargin: margin === 1 ? undefined : margin })}
        testId="review-filter-margin"
      />
      <SelectField
        label="Attack family"
        value={filter.family ?? ANY}
        options={[
          { value: ANY, label: 'Any', note: 'Finds items whose truth you may see' },
          ...(overview?.families ?? []).map((value) => ({ value, label: words(value) })),
        ]}
        onChange={(family) => set({ family: family === ANY ? undefined : family })}
        testId="review-filter-family"
      />
      <SelectField
        label="Whose"
        value={filter.mine === true ? 'mine' : filter.disagreements === true ? 'disagreements' : ANY}
        options={[
          { value: ANY, label: 'All' },
          { value: 'mine', label: 'My items' },
          { value: 'disagreements', label: 'Analysts disagree' },
        ]}
        onChange={(whose) => set({ mine: whose === 'mine', disagreements: whose === 'disagreements' })}
        testId="review-filter-whose"
      />
      <Button size="small" onClick={() => set({ ...NOTHING, states: filter.states })}>
        Clear filters
      </Button>
    </div>
  );
}

const NOTHING: { [K in keyof ReviewFilter]: undefined } = {
  causes: undefined,
  sources: undefined,
  family: undefined,
  baselineAction: undefined,
  trainedAction: undefined,
  model: undefined,
  maxMargin: undefined,
  mine: undefined,
  disagreements: undefined,
  text: undefined,
};

/** Filters and order under a name. */
function Views() {
  const { session } = useReviewFeature();
  const views = useReview((model) => model.views);
  const [name, setName] = useState('');
  return (
    <section className={styles['views']}>
      <h3>Saved views</h3>
      <ul>
        {views.map((view) => (
          <li key={view.name}>
            <Button size="small" onClick={() => session.setFilter(view.filter, view.sort)}>
              {view.name}
            </Button>
            <Button
              size="small"
              variant="quiet"
              icon="close"
              aria-label={`Delete the view ${view.name}`}
              onClick={() => void session.deleteView(view.name)}
            />
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === '') return;
          void session.saveView(name.trim());
          setName('');
        }}
      >
        <input
          aria-label="Name of a new view"
          placeholder="Save as…"
          value={name}
          maxLength={60}
          onChange={(event) => setName(event.target.value)}
        />
        <Button size="small" type="submit" disabled={name.trim() === ''}>
          Save
        </Button>
      </form>
    </section>
  );
}
