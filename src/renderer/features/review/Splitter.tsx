import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import styles from './Splitter.module.css';

interface SplitterProps {
  readonly label: string;
  /** Width of the pane that it sizes, pixels. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** On which side of the splitter that pane lies. */
  readonly side: 'before' | 'after';
  readonly onChange: (value: number) => void;
}

const STEP = 16;

/** A movable border between two panes, by pointer or by arrow keys. */
export function Splitter({ label, value, min, max, side, onChange }: SplitterProps) {
  const drag = useRef<{ readonly x: number; readonly value: number } | null>(null);
  const direction = side === 'before' ? 1 : -1;
  const move = (next: number): void => onChange(Math.round(Math.min(max, Math.max(min, next))));
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(value + step * direction);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    drag.current = { x: event.clientX, value };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (drag.current !== null) move(drag.current.value + (event.clientX - drag.current.x) * direction);
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className={styles['splitter']}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        drag.current = null;
      }}
    />
  );
}
