import { useEffect, useState } from 'react';
import { training, useTraining, type View } from './trainingStore.ts';

/** While another panel is dragged, this one follows so often: the eye is there, and so is the time to draw. */
const FOLLOW_MS = 150;

/** The view that a panel draws. @param panelId the panel, as it names itself when it is dragged */
export function usePacedView(panelId: string): View {
  const view = useTraining((state) => state.view);
  const following = useTraining((state) => state.dragged !== null && state.dragged !== panelId);
  const [paced, setPaced] = useState<View>(view);
  useEffect(() => {
    if (!following) return undefined;
    const follow = (): void => setPaced(training.getState().view);
    follow();
    const timer = setInterval(follow, FOLLOW_MS);
    return () => clearInterval(timer);
  }, [following]);
  return following ? paced : view;
}
