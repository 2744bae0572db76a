import { useId, useState } from 'react';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useReview, useReviewFeature } from './ReviewContext.ts';
import styles from './ProfilePicker.module.css';

/** Who sits here: labels, drafts and reservations belong to a profile. */
export function ProfilePicker() {
  const { session } = useReviewFeature();
  const profiles = useReview((model) => model.profiles);
  const busy = useReview((model) => model.busy);
  const [name, setName] = useState('');
  const field = useId();
  if (profiles.state === 'loading') return <Empty title="Reading the profiles…" />;
  if (profiles.state === 'failed') return <Empty title={profiles.problem.message}>{profiles.problem.advice}</Empty>;
  return (
    <div className={styles['page']}>
      <Panel title="Who reviews?" label="Analyst" testId="review-profiles" className={styles['panel']}>
        <div className={styles['body']}>
          <p className={styles['note']}>
            Labels, drafts and reservations belong to an analyst. Analysts on this machine share one queue; a profile is a name, not a
            password.
          </p>
          {profiles.value.length === 0 ? null : (
            <ul className={styles['list']}>
              {profiles.value.map((profile) => (
                <li key={profile.id}>
                  <Button testId="review-profile" onClick={() => session.chooseAnalyst(profile)}>
                    <HostileText text={profile.name} />
                  </Button>
                </li>
              ))}
            </ul>
          )}
          <form
            className={styles['form']}
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() !== '') void session.createAnalyst(name.trim());
            }}
          >
            <label htmlFor={field}>New analyst</label>
            <input
              id={field}
              value={name}
              maxLength={60}
              autoComplete="off"
              placeholder="Name"
              data-testid="review-new-name"
              onChange={(event) => setName(event.target.value)}
            />
            <Button type="submit" variant="primary" disabled={busy || name.trim() === ''} testId="review-create">
              Create
            </Button>
          </form>
        </div>
      </Panel>
    </div>
  );
}
