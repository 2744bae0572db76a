import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { Button } from '../../widgets/Button.tsx';
import type { PanelSpec } from './panels.ts';
import { movePinned, training } from './trainingStore.ts';

/** The pinned panel under a place of the screen, and on which half of it the place lies. */
function panelAt(x: number, y: number): { readonly over: string; readonly side: 'before' | 'after' } | null {
  const element = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-panel]');
  const over = element?.dataset['panel'];
  if (element == null || over === undefined || !training.getState().pinned.includes(over)) return null;
  const { left, width } = element.getBoundingClientRect();
  return { over, side: x < left + width / 2 ? 'before' : 'after' };
}

/** Carries a pinned panel to another place among the pinned ones: by dragging, or with the arrow keys, Home and End. */
export function PinnedHandle({ panel }: { readonly panel: PanelSpec }) {
  const carrying = useRef(false);
  const [told, setTold] = useState('');
  const onPointerDown = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    carrying.current = true;
    training.setState({ moving: { panel: panel.id, over: null, side: 'before' } });
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>): void => {
    if (!carrying.current) return;
    training.setState({ moving: { panel: panel.id, ...(panelAt(event.clientX, event.clientY) ?? { over: null, side: 'before' }) } });
  };
  const letGo = (): void => {
    carrying.current = false;
    training.setState({ moving: null });
  };
  const onPointerUp = (): void => {
    const { moving, pinned } = training.getState();
    const wasCarrying = carrying.current;
    letGo();
    if (!wasCarrying || moving === null || moving.over === null || moving.over === panel.id) return;
    const others = pinned.filter((id) => id !== panel.id);
    movePinned(panel.id, others.indexOf(moving.over) + (moving.side === 'after' ? 1 : 0));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { pinned } = training.getState();
    const seen = pinned.filter((id) => document.querySelector(`[data-panel="${CSS.escape(id)}"]`) !== null);
    const at = seen.indexOf(panel.id);
    const targets: { readonly [key: string]: number } = {
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      Home: 0,
      End: seen.length - 1,
    };
    if (event.key === 'Escape' && carrying.current) letGo();
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const handle = event.currentTarget as HTMLElement;
    // Panels that the selected runs do not have keep their places among those that are seen.
    const place = Math.max(0, Math.min(seen.length - 1, target));
    const next = seen[place];
    if (next === undefined || next === panel.id) return;
    movePinned(panel.id, pinned.indexOf(next));
    setTold(`${panel.title}: place ${place + 1} of ${seen.length}`);
    // A panel that changes its place in the document loses the focus.
    requestAnimationFrame(() => handle.focus());
  };
  return (
    <>
      <Button
        icon="grip"
        size="small"
        variant="quiet"
        aria-label={`Move ${panel.title}`}
        title="Drag to another place, or use the arrow keys"
        testId="pinned-handle"
        style={{ cursor: 'grab', touchAction: 'none' }}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={letGo}
        onKeyDown={onKeyDown}
      />
      <span className="visually-hidden" role="status">
        {told}
      </span>
    </>
  );
}
