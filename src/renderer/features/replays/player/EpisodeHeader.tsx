import { useState, type ReactNode } from 'react';
import { LANES, type Lane } from '../../../../contract/live.ts';
import type { LaneResimulation } from '../../../../contract/replays.ts';
import { useSystem } from '../../../app/SystemContext.ts';
import { goToPlace, placeHref } from '../../../app/useRoute.ts';
import { classes } from '../../../lib/classes.ts';
import { fixed, middle, milliseconds, PHASE_NAMES, plural } from '../../../lib/format.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';
import { describeError } from '../../../platform/describeError.ts';
import { usePlatform } from '../../../platform/PlatformContext.ts';
import { Button } from '../../../widgets/Button.tsx';
import { HostileText } from '../../../widgets/HostileText.tsx';
import { Notice } from '../../../widgets/Notice.tsx';
import { TagField } from '../library/TagField.tsx';
import { librarySession } from '../library/librarySession.ts';
import { ClipButton } from './ClipButton.tsx';
import type { Timeline } from './timeline.ts';
import type { PlayerActions, Verification } from './usePlayer.ts';
import styles from './EpisodeHeader.module.css';

interface EpisodeHeaderProps {
  readonly timeline: Timeline;
  readonly tick: number;
  readonly lane: Lane;
  readonly actions: PlayerActions;
  readonly reload: () => void;
}

/** Which episode this is, what it depends on, and what can be done with it. */
export function EpisodeHeader({ timeline, tick, lane, actions, reload }: EpisodeHeaderProps) {
  const { episode } = timeline;
  const { summary, config, corpusSha256, corpusHere, modelSha256, scores } = episode;
  const { id } = summary;
  const platform = usePlatform();
  const session = librarySession(platform);
  const version = useSystem(({ info }) => info?.version ?? '');
  const [notice, setNotice] = useState<ReactNode>(null);
  const change = (call: Promise<void>): void => void call.then(reload);
  const remove = async (): Promise<void> => {
    await session.remove([id]);
    goToPlace(placeHref('replays'));
  };
  const copyLink = (): void => {
    const address = new URL(placeHref('replays', { path: [id], query: { at: tick, lane } }), window.location.href.replace(/[?#].*$/, ''));
    platform.copyText(address.href).then(
      () => setNotice('The address of this tick is on the clipboard.'),
      (error: unknown) => setNotice(describeError(error).message),
    );
  };
  return (
    <>
      <header className={styles['header']}>
        <a className={styles['back']} href="#/replays">
          Replays
        </a>
        <h1 className={styles['title']}>
          <span className={styles['id']} title={id}>
            {middle(id, 8)}
          </span>
          {summary.deletedAt === null ? null : <span className={styles['deleted']}>deleted</span>}
        </h1>
        {summary.tags.map((tag) => (
          <span key={tag} className={styles['tag']}>
            <HostileText text={tag} />
            <button type="button" aria-label={`Remove the tag ${tag}`} onClick={() => change(session.removeTag([id], tag))}>
              ×
            </button>
          </span>
        ))}
        <TagField onTag={(tag) => change(session.addTag([id], tag))} />
        <span className={styles['actions']}>
          <VerifyButton actions={actions} />
          <SendButton timeline={timeline} tick={tick} lane={lane} onNotice={setNotice} reload={reload} />
          <Button
            size="small"
            icon="bookmark"
            command="replay.bookmark"
            testId="replay-bookmark"
            onClick={() => actions.addBookmark(Math.max(0, tick - 1), '')}
          >
            Bookmark
          </Button>
          <Button
            size="small"
            icon="link"
            aria-label="Copy the address of this tick"
            title="Copy the address of this tick"
            onClick={copyLink}
          />
          <Button
            size="small"
            icon="pin"
            aria-label={summary.pinned ? 'Unpin' : 'Pin'}
            title={summary.pinned ? 'Unpin' : 'Pin'}
            aria-pressed={summary.pinned}
            onClick={() => change(session.pin([id], !summary.pinned))}
          />
          <ClipButton timeline={timeline} tick={tick} onSaved={setNotice} />
          <Button
            size="small"
            icon="export"
            testId="replay-export"
            title="The episode as a file that another OmniGuard imports"
            onClick={() => void session.exportFile([id], version).then(() => setNotice(session.store.getState().notice))}
          >
            Export
          </Button>
          {summary.deletedAt === null ? (
            <Button
              size="small"
              icon="trash"
              aria-label="Delete the episode"
              title="Delete the episode"
              testId="replay-delete"
              onClick={() => void remove()}
            />
          ) : (
            <Button size="small" onClick={() => change(session.restore([id]))}>
              Restore
            </Button>
          )}
        </span>
      </header>
      <dl className={styles['facts']}>
        <Fact name="Seed">{summary.seed}</Fact>
        <Fact name="Phase">{PHASE_NAMES[summary.phase]}</Fact>
        <Fact name="Split">{config.split}</Fact>
        {LANES.map((name) => (
          <Fact key={name} name={LANE_NAMES[name]} title={`SHA-256 ${modelSha256[name]}`}>
            {summary.models[name]} <code>{modelSha256[name].slice(0, 8)}</code> score {fixed(scores[name], 3)}
          </Fact>
        ))}
        <Fact name="Corpus" title={`Stored ${corpusSha256}; here ${corpusHere}`}>
          <code>{corpusSha256.slice(0, 8)}</code>{' '}
          {corpusSha256 === corpusHere ? 'same as here' : <strong className={styles['other']}>not the one here</strong>}
        </Fact>
        {config.critic.embedder === 'hashed' ? null : <Fact name="Critic">{config.critic.embedder}</Fact>}
        <Fact name="Started" title={`${new Date(summary.startedAt).toLocaleString()} here`}>
          {summary.startedAt.slice(0, 19).replace('T', ' ')} UTC
        </Fact>
        {summary.imported ? <Fact name="Origin">imported</Fact> : null}
      </dl>
      <VerificationNotice verification={actions.verification} />
      {actions.problem === null ? null : (
        <Notice
          tone="problem"
          title={actions.problem.message}
          advice={actions.problem.advice}
          actions={<Button icon="close" variant="quiet" aria-label="Dismiss" onClick={actions.dismiss} />}
        />
      )}
      {notice === null ? null : (
        <Notice
          tone="info"
          testId="replay-notice"
          title={notice}
          actions={<Button icon="close" variant="quiet" aria-label="Dismiss" onClick={() => setNotice(null)} />}
        />
      )}
    </>
  );
}

interface FactProps {
  readonly name: string;
  readonly title?: string;
  readonly children: ReactNode;
}

function Fact({ name, title, children }: FactProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function VerifyButton({ actions }: { readonly actions: PlayerActions }) {
  const { verification, verify } = actions;
  const done = verification.state === 'done' ? verification.result : null;
  return (
    <Button
      size="small"
      icon={done?.identical === true ? 'check' : 'verify'}
      command="replay.verify"
      testId="replay-verify"
      title="Plays the stored decisions again in the engine and compares everything, bit for bit"
      disabled={verification.state === 'running'}
      onClick={verify}
    >
      {verification.state === 'running' ? 'Verifying…' : done === null ? 'Verify' : done.identical ? 'Verified' : 'Diverges'}
    </Button>
  );
}

/** The proof, or where it fails. */
function VerificationNotice({ verification }: { readonly verification: Verification }) {
  if (verification.state === 'failed')
    return <Notice tone="problem" title={verification.problem.message} advice={verification.problem.advice} />;
  if (verification.state !== 'done') return null;
  const { identical, lanes, milliseconds: took, version } = verification.result;
  if (identical) {
    const steps = LANES.reduce((sum, lane) => sum + lanes[lane].steps, 0);
    const hashes = LANES.map((lane) => (lanes[lane].ok ? `${lane} ${middle(lanes[lane].sha256, 6)}` : '')).join(', ');
    return (
      <Notice
        tone="info"
        testId="verification"
        title="Identical, bit for bit:"
        advice={`${plural(steps, 'decision')} in ${milliseconds(took)} ms, OmniGuard ${version}; SHA-256 ${hashes}.`}
      />
    );
  }
  return (
    <>
      {LANES.map((lane) => {
        const result = lanes[lane];
        return result.ok ? null : (
          <Notice key={lane} tone="problem" testId="verification" title={divergence(result)} advice={<Difference result={result} />} />
        );
      })}
    </>
  );
}

function divergence(result: Extract<LaneResimulation, { ok: false }>): string {
  if (result.field === 'corpusHash')
    return `${LANE_NAMES[result.lane]}: the episode was played on another corpus, so it cannot be played again here.`;
  const where = result.position === -1 ? 'before the first tick' : `at tick ${result.position + 1}`;
  return `${LANE_NAMES[result.lane]} diverges ${where}, in ${result.field}.`;
}

function Difference({ result }: { readonly result: Extract<LaneResimulation, { ok: false }> }) {
  return (
    <>
      Stored <code className={styles['value']}>{<HostileText text={result.stored.slice(0, 160)} />}</code>, played again{' '}
      <code className={styles['value']}>{<HostileText text={result.played.slice(0, 160)} />}</code>.
    </>
  );
}

interface SendButtonProps {
  readonly timeline: Timeline;
  readonly tick: number;
  readonly lane: Lane;
  readonly onNotice: (notice: ReactNode) => void;
  readonly reload: () => void;
}

/** Puts the message that the inspected lane saw into the review queue. */
function SendButton({ timeline, tick, lane, onNotice, reload }: SendButtonProps) {
  const { client } = usePlatform();
  const step = timeline.step(tick, lane);
  const send = async (position: number): Promise<void> => {
    try {
      const { itemId, created } = await client.review.send({ episodeId: timeline.episode.summary.id, lane, position });
      onNotice(
        <>
          {created ? 'Sent to the review queue.' : 'It is in the review queue already.'}{' '}
          <a className={styles['link']} href={`#/review/${itemId}`}>
            Open it
          </a>
        </>,
      );
      reload();
    } catch (error) {
      onNotice(describeError(error).message);
    }
  };
  return (
    <Button
      size="small"
      icon="send"
      testId="replay-send"
      title={`Sends the message that the ${lane} lane saw at this tick to the review queue`}
      disabled={step === null}
      onClick={() => {
        if (step !== null) void send(step.position);
      }}
    >
      <span className={classes(styles['long'])}>Send to review</span>
    </Button>
  );
}
