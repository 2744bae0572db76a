import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { ReviewQueue, ReviewQueueStatus } from './reviewQueue.ts';

export const ReviewQueueContext = createContext<ReviewQueue | null>(null);

export function useReviewQueue(): ReviewQueue {
  const queue = useContext(ReviewQueueContext);
  if (queue === null) throw new Error('ReviewQueueContext is missing.');
  return queue;
}

export function useReviewQueueStatus<T>(select: (status: ReviewQueueStatus) => T): T {
  return useStore(useReviewQueue().store, select);
}
