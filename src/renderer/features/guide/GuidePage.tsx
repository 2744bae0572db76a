import { useCallback, useEffect, type ComponentType } from 'react';
import { placeHref, usePlace } from '../../app/useRoute.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { ActionsSection } from './ActionsSection.tsx';
import { AgentsSection } from './AgentsSection.tsx';
import { CriticSection } from './CriticSection.tsx';
import { CurriculumSection } from './CurriculumSection.tsx';
import { FactsContext } from './FactsContext.ts';
import styles from './Guide.module.css';
import { ProblemSection } from './ProblemSection.tsx';
import { RewardsSection } from './RewardsSection.tsx';
import { GUIDE_SECTIONS, type GuideSectionId } from './sections.ts';
import { TrainingSection } from './TrainingSection.tsx';
import { TrapSection } from './TrapSection.tsx';
import { useQuestion } from './useQuestion.ts';

const CONTENTS: { readonly [S in GuideSectionId]: ComponentType } = {
  problem: ProblemSection,
  agents: AgentsSection,
  trap: TrapSection,
  critic: CriticSection,
  curriculum: CurriculumSection,
  actions: ActionsSection,
  rewards: RewardsSection,
  training: TrainingSection,
};

const NO_INPUT = {};

function showSection(id: GuideSectionId): void {
  const heading = document.getElementById(`guide-${id}`);
  heading?.scrollIntoView({ block: 'start' });
  heading?.focus({ preventScroll: true });
}

/** What the environment is and how it judges, in sections that each carry a demonstration of the engine's. */
export function GuidePage() {
  const { client } = usePlatform();
  const ask = useCallback((_: object, signal: AbortSignal) => client.guide.facts(undefined, { signal }), [client]);
  const { answer: facts, problem, retry } = useQuestion(NO_INPUT, ask);
  const { path } = usePlace();
  const present = GUIDE_SECTIONS.find(({ id }) => id === path[0])?.id ?? null;
  const isReady = facts !== null;
  useEffect(() => {
    if (!isReady || present === null) return;
    showSection(present);
  }, [isReady, present]);
  return (
    <div className={styles['page']}>
      <nav className={styles['contents']} aria-label="Sections of the guide">
        <h1>Guide</h1>
        <ol>
          {GUIDE_SECTIONS.map(({ id, title }) => (
            <li key={id}>
              <a
                href={placeHref('guide', { path: [id] })}
                aria-current={id === present ? 'true' : undefined}
                onClick={() => {
                  // The address stays the same, so nothing else would bring the section back.
                  if (id === present) showSection(id);
                }}
              >
                {title}
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <div className={styles['column']} data-testid="guide">
        {facts === null ? (
          problem === null ? (
            <Empty title="Loading…" />
          ) : (
            <Empty title={problem}>
              <Button onClick={retry}>Try again</Button>
            </Empty>
          )
        ) : (
          <FactsContext value={facts}>
            {GUIDE_SECTIONS.map(({ id, title }) => {
              const Content = CONTENTS[id];
              return (
                <section key={id} className={styles['section']} aria-labelledby={`guide-${id}`}>
                  <h2 id={`guide-${id}`} tabIndex={-1}>
                    {title}
                  </h2>
                  <Content />
                </section>
              );
            })}
          </FactsContext>
        )}
      </div>
    </div>
  );
}
