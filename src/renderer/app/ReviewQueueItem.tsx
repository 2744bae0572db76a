import { useEffect } from 'react';
import { count, plural } from '../lib/format.ts';
import { HostileText } from '../widgets/HostileText.tsx';
import { Icon } from '../widgets/Icon.tsx';
import { newItems } from './reviewQueue.ts';
import { useReviewQueue, useReviewQueueStatus } from './ReviewQueueContext.ts';
import { placeHref, useRoute } from './useRoute.ts';
import styles from './ReviewQueueItem.module.css';

/** What waits in the review queue, what came in since it was last looked at, and the way there. */
export function ReviewQueueItem() {
  const queue = useReviewQueue();
  const waiting = useReviewQueueStatus((status) => status.waiting);
  const fresh = useReviewQueueStatus(newItems);
  const isThere = useRoute() === 'review';
  useEffect(() => {
    if (isThere) queue.look();
  }, [isThere, queue, waiting]);
  if (waiting === null) return null;
  const { open, analyst } = waiting;
  return (
    <>
      <a
        className={styles['link']}
        href={placeHref('review')}
        data-testid="status-review"
        title={analyst === null ? 'Items that wait for an analyst; nobody has sat down here yet' : 'Items that wait for this analyst'}
      >
        <Icon name="review" size={12} />
        <span>
          Review: {count(open)} open
          {analyst === null ? null : (
            <>
              {' for '}
              <HostileText text={analyst.name} />
            </>
          )}
        </span>
        {fresh === 0 ? null : (
          <strong className={styles['new']} data-testid="status-review-new">
            {count(fresh)} new
          </strong>
        )}
      </a>
      <span className="visually-hidden" role="status">
        {fresh === 0 ? '' : `${plural(fresh, 'new item')} in the review queue.`}
      </span>
    </>
  );
}
