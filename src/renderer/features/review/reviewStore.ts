import { createStore, type StoreApi } from 'zustand/vanilla';
import { z } from 'zod';
import {
  analystIdSchema,
  REVIEW_SORTS,
  reviewFilterSchema,
  type AnalystProfile,
  type Guidelines,
  type LabelDraft,
  type ReviewFilter,
  type ReviewItem,
  type ReviewItemId,
  type ReviewOverview,
  type ReviewRow,
  type ReviewSort,
  type SavedView,
} from '../../../contract/review.ts';
import type { Problem } from '../../platform/describeError.ts';

export const EMPTY_DRAFT: LabelDraft = { action: null, confidence: 'medium', reasons: [], span: null, note: '' };

/** What waits for somebody. */
export const OPEN_FILTER: ReviewFilter = { states: ['pending', 'needs_second'] };

export type Loading<T> =
  { readonly state: 'loading' } | { readonly state: 'ready'; readonly value: T } | { readonly state: 'failed'; readonly problem: Problem };

export interface Queue {
  readonly rows: readonly ReviewRow[];
  readonly total: number;
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
}

/** The reservation as this page's clock sees it. */
export type Hold =
  { readonly state: 'none' } | { readonly state: 'held'; readonly until: number } | { readonly state: 'lost'; readonly reason: string };

export interface ReviewModel {
  readonly profiles: Loading<readonly AnalystProfile[]>;
  readonly analyst: AnalystProfile | null;
  readonly guidelines: Guidelines | null;
  readonly overview: ReviewOverview | null;
  readonly views: readonly SavedView[];
  readonly filter: ReviewFilter;
  readonly sort: ReviewSort;
  readonly queue: Loading<Queue>;
  readonly selected: ReviewItemId | null;
  readonly item: Loading<ReviewItem> | null;
  readonly draft: LabelDraft;
  readonly saving: 'saved' | 'saving' | 'failed';
  readonly hold: Hold;
  /** A command is on its way; the form waits. */
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** The last thing that happened, for the status line. */
  readonly said: string;
}

export type ReviewStoreApi = StoreApi<ReviewModel>;

const KEY = 'omniguard.review';
const choicesSchema = z.object({
  analyst: analystIdSchema.nullable(),
  filter: reviewFilterSchema,
  sort: z.enum(REVIEW_SORTS),
});
export type Choices = z.infer<typeof choicesSchema>;

/** What this browser remembers: who sits here, and what they look at. */
export function readChoices(): Choices {
  const fallback: Choices = { analyst: null, filter: OPEN_FILTER, sort: 'uncertainty' };
  try {
    return choicesSchema.catch(fallback).parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
  } catch {
    return fallback;
  }
}

export function keepChoices(choices: Choices): void {
  localStorage.setItem(KEY, JSON.stringify(choices));
}

export function createReviewStore(): ReviewStoreApi {
  const { filter, sort } = readChoices();
  return createStore<ReviewModel>(() => ({
    profiles: { state: 'loading' },
    analyst: null,
    guidelines: null,
    overview: null,
    views: [],
    filter,
    sort,
    queue: { state: 'loading' },
    selected: null,
    item: null,
    draft: EMPTY_DRAFT,
    saving: 'saved',
    hold: { state: 'none' },
    busy: false,
    problem: null,
    said: '',
  }));
}
