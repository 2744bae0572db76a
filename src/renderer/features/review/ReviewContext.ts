import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { ReviewSession } from './reviewSession.ts';
import type { ReviewModel, ReviewStoreApi } from './reviewStore.ts';

export interface ReviewFeature {
  readonly store: ReviewStoreApi;
  readonly session: ReviewSession;
}

export const ReviewContext = createContext<ReviewFeature | null>(null);

export function useReviewFeature(): ReviewFeature {
  const feature = useContext(ReviewContext);
  if (feature === null) throw new Error('ReviewContext is missing.');
  return feature;
}

export function useReview<T>(select: (model: ReviewModel) => T): T {
  return useStore(useReviewFeature().store, select);
}
