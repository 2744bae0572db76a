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
  /** Digit that opens the page. */
  readonly key: string;
  readonly Page: ComponentType;
  /** A bar above the page. */
  readonly Bar?: ComponentType;
}

/** Every page, in the order of the rail. */
export const PAGES: { readonly [R in Route]: PageEntry } = {
  live: { name: 'Live', icon: 'live', key: '1', Page: LivePage, Bar: ScopeBar },
  replays: { name: 'Replays', icon: 'replays', key: '2', Page: ReplaysPage },
  review: { name: 'Review', icon: 'review', key: '3', Page: ReviewPage },
  training: { name: 'Training', icon: 'training', key: '4', Page: TrainingPage },
  evaluation: { name: 'Evaluation', icon: 'evaluation', key: '5', Page: EvaluationPage },
  data: { name: 'Data', icon: 'data', key: '6', Page: DataPage },
  models: { name: 'Models', icon: 'models', key: '7', Page: ModelsPage },
  api: { name: 'API', icon: 'api', key: '8', Page: ApiPage },
  guide: { name: 'Guide', icon: 'guide', key: '9', Page: GuidePage },
};
