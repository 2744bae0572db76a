import type { ComponentType } from 'react';
import { ApiPage } from '../features/api/ApiPage.tsx';
import { DataPage } from '../features/data/DataPage.tsx';
import { EvaluationPage } from '../features/evaluation/EvaluationPage.tsx';
import { GuidePage } from '../features/guide/GuidePage.tsx';
import { LivePage } from '../features/live/LivePage.tsx';
import { ScopeBar } from '../features/live/ScopeBar.tsx';
import { ModelsPage } from '../features/models/ModelsPage.tsx';
import { ReplaysPage } from '../features/replays/ReplaysPage.tsx';
import { ReviewPage } from '../features/review/ReviewPage.tsx';
import { TrainingPage } from '../features/training/TrainingPage.tsx';
import type { IconName } from '../widgets/Icon.tsx';
import type { Route } from './useRoute.ts';

export interface PageEntry {
  /** Also the title and the name in the rail. */
  readonly name: string;
  readonly icon: IconName;
  readonly Page: ComponentType;
  /** A bar above the page. */
  readonly Bar?: ComponentType;
}

/** Every page, in the order of the rail. */
export const PAGES: { readonly [R in Route]: PageEntry } = {
  live: { name: 'Live', icon: 'live', Page: LivePage, Bar: ScopeBar },
  replays: { name: 'Replays', icon: 'replays', Page: ReplaysPage },
  review: { name: 'Review', icon: 'review', Page: ReviewPage },
  training: { name: 'Training', icon: 'training', Page: TrainingPage },
  evaluation: { name: 'Evaluation', icon: 'evaluation', Page: EvaluationPage },
  data: { name: 'Data', icon: 'data', Page: DataPage },
  models: { name: 'Models', icon: 'models', Page: ModelsPage },
  api: { name: 'API', icon: 'api', Page: ApiPage },
  guide: { name: 'Guide', icon: 'guide', Page: GuidePage },
};
