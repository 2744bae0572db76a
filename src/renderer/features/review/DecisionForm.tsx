import { Checkbox } from '@base-ui/react/checkbox';
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { useEffect, useState, type Ref } from 'react';
import { ACTIONS, type Action } from '../../../contract/actions.ts';
import { CONFIDENCES, SKIP_REASONS, type Confidence, type ReasonCode, type ReviewItem, type SkipReason } from '../../../contract/review.ts';
import { classes } from '../../lib/classes.ts';
import { ACTION_NAMES, percent, plural } from '../../lib/format.ts';
import { ActionMarkIcon } from '../../widgets/ActionChip.tsx';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { KeyHint } from '../../widgets/KeyHint.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { useReview, useReviewFeature } from './ReviewContext.ts';
import { CONFIDENCE_NAMES, SKIP_NAMES } from './reviewWords.ts';
import styles from './DecisionForm.module.css';

/** From here on the time left is shown. */
const WARN_MS = 120_000;
const SKIPS = SKIP_REASONS.map((value) => ({ value, label: SKIP_NAMES[value] }));

interface DecisionFormProps {
  readonly skipReason: SkipReason;
  readonly onSkipReason: (reason: SkipReason) => void;
  readonly noteRef: Ref<HTMLTextAreaElement>;
}

/** The label: action, confidence, reasons, the part that decides and a note. */
export function DecisionForm({ skipReason, onSkipReason, noteRef }: DecisionFormProps) {
  const { session } = useReviewFeature();
  const item = useReview((model) => (model.item?.state === 'ready' ? model.item.value : null));
  const busy = useReview((model) => model.busy);
  if (item === null) return <Empty title="No item is open">Your decision on the open item goes here.</Empty>;
  if (item.may === 'read') return <Decided item={item} />;
  return (
    <form
      className={styles['form']}
      data-testid="review-form"
      onKeyDownCapture={(event) => {
        // The controls swallow Enter; here it submits wherever it does not press a button.
        const target = event.target instanceof Element ? event.target : null;
        if (event.key !== 'Enter' || target?.closest('[role="radio"], [role="checkbox"]') == null) return;
        event.preventDefault();
        event.stopPropagation();
        void session.submit();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void session.submit();
      }}
    >
      <div className={styles['scroll']}>
        <Reservation />
        <Actions item={item} />
        <ConfidenceField />
        <Reasons />
        <Span />
        <Note noteRef={noteRef} />
      </div>
      <footer className={styles['footer']}>
        <div className={styles['row']}>
          <Button type="submit" variant="primary" command="review.submit" testId="review-submit" disabled={busy}>
            {item.may === 'adjudicate' ? 'Adjudicate' : 'Submit'}
          </Button>
          <Saving />
        </div>
        <div className={styles['row']}>
          <Button
            size="small"
            command="review.flag"
            title="Ask for a second analyst"
            disabled={busy || item.may === 'adjudicate'}
            onClick={() => void session.flag()}
          >
            Flag
          </Button>
          <Button size="small" command="review.skip" disabled={busy} onClick={() => void session.skip(skipReason)}>
            Skip
          </Button>
          <Button
            size="small"
            disabled={busy}
            title="Take it out of the queue: it cannot be decided"
            onClick={() => void session.discard(skipReason)}
          >
            Discard
          </Button>
        </div>
        <SelectField
          label="Reason to skip or discard"
          value={skipReason}
          options={SKIPS}
          onChange={onSkipReason}
          testId="review-skip-reason"
        />
      </footer>
    </form>
  );
}

/** Who holds the item, and how long. */
function Reservation() {
  const { session } = useReviewFeature();
  const hold = useReview((model) => model.hold);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (hold.state === 'none') return null;
  if (hold.state === 'lost') {
    return (
      <p className={styles['lost']} role="alert" data-testid="review-lost">
        {hold.reason}{' '}
        <Button size="small" onClick={() => void session.extend()}>
          Try again
        </Button>
      </p>
    );
  }
  const left = hold.until - now;
  if (left > WARN_MS) return null;
  const seconds = Math.max(0, Math.ceil(left / 1_000));
  return (
    <p className={styles['lost']} role="status" data-testid="review-countdown">
      Reserved for {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')} more.{' '}
      <Button size="small" onClick={() => void session.extend()}>
        Extend
      </Button>
    </p>
  );
}

function Actions({ item }: { readonly item: ReviewItem }) {
  const { session } = useReviewFeature();
  const action = useReview((model) => model.draft.action);
  const { suggestion } = item;
  return (
    <section>
      <h3 id="review-action">Action</h3>
      <RadioGroup<Action | ''>
        aria-labelledby="review-action"
        className={styles['actions']}
        value={action ?? ''}
        onValueChange={(value) => value !== '' && session.setDraft({ action: value })}
      >
        {ACTIONS.map((name) => (
          <label key={name} className={styles['action']} data-chosen={action === name}>
            <Radio.Root value={name} className={styles['radio']} data-testid={`review-action-${name}`}>
              <Radio.Indicator className={styles['dot']} />
            </Radio.Root>
            <ActionMarkIcon action={name} />
            <span className={styles['actionName']}>{ACTION_NAMES[name]}</span>
            {suggestion?.action === name ? (
              <span
                className={styles['suggestion']}
                title="What the defender chose, with its probability. It takes its own key to choose it."
              >
                {percent(suggestion.score, 0)} suggested
              </span>
            ) : null}
            <KeyHint command={`review.${name}`} />
          </label>
        ))}
      </RadioGroup>
    </section>
  );
}

function ConfidenceField() {
  const { session } = useReviewFeature();
  const confidence = useReview((model) => model.draft.confidence);
  return (
    <section>
      <h3 id="review-confidence">
        Confidence <KeyHint command="review.confidence" />
      </h3>
      <RadioGroup<Confidence>
        aria-labelledby="review-confidence"
        className={styles['steps']}
        value={confidence}
        onValueChange={(value) => session.setDraft({ confidence: value })}
      >
        {CONFIDENCES.map((value) => (
          <label key={value} className={styles['step']} data-chosen={confidence === value}>
            <Radio.Root value={value} className={classes(styles['radio'], 'visually-hidden')} />
            {CONFIDENCE_NAMES[value]}
          </label>
        ))}
      </RadioGroup>
    </section>
  );
}

function Reasons() {
  const { session } = useReviewFeature();
  const reasons = useReview((model) => model.draft.reasons);
  const guidelines = useReview((model) => model.guidelines);
  if (guidelines === null) return null;
  const toggle = (code: ReasonCode, on: boolean): void =>
    session.setDraft({ reasons: on ? [...reasons, code] : reasons.filter((other) => other !== code) });
  return (
    <section>
      <h3>
        Reasons <span className={styles['muted']}>guidelines {guidelines.version}</span>
      </h3>
      <ul className={styles['reasons']}>
        {guidelines.reasons.map(({ code, title, says }) => (
          <li key={code}>
            <label className={styles['reason']} data-says={says}>
              <Checkbox.Root
                className={styles['box']}
                checked={reasons.includes(code)}
                data-testid={`reason-${code}`}
                onCheckedChange={(checked) => toggle(code, checked)}
              >
                <Checkbox.Indicator className={styles['tick']}>
                  <Icon name="check" size={10} />
                </Checkbox.Indicator>
              </Checkbox.Root>
              {title}
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Span() {
  const { session } = useReviewFeature();
  const span = useReview((model) => model.draft.span);
  if (span === null) return null;
  return (
    <section>
      <h3>Part that decides</h3>
      <p className={styles['span']}>
        <code>
          <HostileText text={span.text.slice(0, 200)} />
        </code>
        <Button icon="close" size="small" variant="quiet" aria-label="Remove the part" onClick={() => session.setDraft({ span: null })} />
      </p>
    </section>
  );
}

function Note({ noteRef }: { readonly noteRef: Ref<HTMLTextAreaElement> }) {
  const { session } = useReviewFeature();
  const note = useReview((model) => model.draft.note);
  return (
    <section>
      <h3>
        <label htmlFor="review-note">Note</label> <KeyHint command="review.note" />
      </h3>
      <textarea
        ref={noteRef}
        id="review-note"
        className={styles['note']}
        rows={2}
        maxLength={2_000}
        value={note}
        data-testid="review-note"
        placeholder="Mod+Enter submits, Esc leaves"
        onChange={(event) => session.setDraft({ note: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void session.submit();
        }}
      />
    </section>
  );
}

function Saving() {
  const saving = useReview((model) => model.saving);
  const touched = useReview((model) => model.draft.action !== null || model.draft.note !== '' || model.draft.reasons.length > 0);
  const names = { saved: touched ? 'Draft saved' : '', saving: 'Saving…', failed: 'Draft not saved' };
  return (
    <span className={styles['muted']} role="status" data-testid="review-saving">
      {names[saving]}
    </span>
  );
}

/** A closed item: what can still be done with it. */
function Decided({ item }: { readonly item: ReviewItem }) {
  const { session } = useReviewFeature();
  const busy = useReview((model) => model.busy);
  const { row } = item;
  const decided = row.state === 'submitted' || row.state === 'adjudicated';
  return (
    <div className={styles['decided']} data-testid="review-decided">
      <p>
        {row.finalAction === null ? 'Waits for others.' : `Decided: ${ACTION_NAMES[row.finalAction]}.`} {plural(row.labels, 'label')}.
      </p>
      {item.identical === 0 ? null : (
        <Button disabled={busy} testId="review-bulk" onClick={() => void session.acceptIdentical()}>
          Label {plural(item.identical, 'identical item')} alike
        </Button>
      )}
      {decided ? (
        <Button
          disabled={busy}
          title="Others get it without knowing that it has been decided"
          onClick={() => void session.setGold(!item.gold)}
        >
          {item.gold ? 'No longer a gold item' : 'Make it a gold item'}
        </Button>
      ) : null}
      {row.state === 'submitted' ? (
        <Button disabled={busy} command="review.flag" onClick={() => void session.flag()}>
          Ask for a second analyst
        </Button>
      ) : null}
    </div>
  );
}
