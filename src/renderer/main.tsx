import './platform/noCodeGeneration.ts';
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './styles/tokens.css';
import './styles/global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { startReviewQueue } from './app/reviewQueue.ts';
import { ReviewQueueContext } from './app/ReviewQueueContext.ts';
import { startSettings } from './app/settings.ts';
import { SystemContext } from './app/SystemContext.ts';
import { startSystemStatus } from './app/systemStatus.ts';
import { LiveContext } from './features/live/LiveContext.ts';
import { createLiveSession } from './features/live/liveSession.ts';
import { createLiveStore } from './features/live/liveStore.ts';
import { createReviewLinks } from './features/live/reviewLinks.ts';
import { createPlatform } from './platform/platform.ts';
import { PlatformContext } from './platform/PlatformContext.ts';
import { allowOnlyEmptyHtml } from './platform/trustedTypes.ts';

allowOnlyEmptyHtml();
startSettings();

const platform = createPlatform();
const system = startSystemStatus(platform);
const store = createLiveStore();
const reviewQueue = startReviewQueue(platform);
const reviewLinks = createReviewLinks({
  api: platform.client.review,
  analyst: () => reviewQueue.store.getState().waiting?.analyst?.id ?? null,
  onChanged: () => void reviewQueue.refresh(),
});
const live = { store, session: createLiveSession(platform, store), reviewLinks };

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');
createRoot(root).render(
  <StrictMode>
    <PlatformContext value={platform}>
      <SystemContext value={system}>
        <ReviewQueueContext value={reviewQueue}>
          <LiveContext value={live}>
            <App />
          </LiveContext>
        </ReviewQueueContext>
      </SystemContext>
    </PlatformContext>
  </StrictMode>,
);
