import { Slider } from '@base-ui/react/slider';
import { useRef, type PointerEvent } from 'react';
import { isUsable, shareOf, valueAt, type Range } from '../../charts/axisRange.ts';
import { xFigure } from '../../charts/figures.ts';
import { endPan, panTo, training, useTraining, type Zoom } from './trainingStore.ts';
import { useWholeDomain } from './xDomain.ts';
import styles from './RangeSlider.module.css';

/** Parts into which the whole of the axis is divided. */
const PARTS = 1_000;
const LEAST_PARTS = 2;

type Parts = readonly [from: number, to: number];

/** Which part of the x axis is in view, under the charts that it moves: two thumbs for its ends, and the bar between them. */
export function RangeSlider() {
  const domain = useWholeDomain();
  const view = useTraining((state) => state.view);
  const scale = useTraining((state) => state.xScale);
  const kind = useTraining((state) => state.x.kind);
  const before = useRef<Zoom | null>(null);
  const bar = useRef<{ readonly pointer: number; readonly parts: Parts; readonly width: number } | null>(null);
  if (domain === null || !isUsable(domain, scale)) return null;
  const partOf = (x: number): number => Math.round(Math.min(1, Math.max(0, shareOf(domain, scale, x))) * PARTS);
  const parts: Parts = view === null ? [0, PARTS] : [partOf(view[0]), partOf(view[1])];
  const begin = (): void => {
    if (before.current !== null) return;
    const { view: from, yViews } = training.getState();
    before.current = { view: from, yViews };
    training.setState({ dragged: 'slider' });
  };
  const show = ([from, to]: Parts): void => {
    begin();
    const next: Range = [valueAt(domain, scale, from / PARTS), valueAt(domain, scale, to / PARTS)];
    if (isUsable(next, scale)) panTo({ view: from <= 0 && to >= PARTS ? null : next });
  };
  const end = (): void => {
    if (before.current !== null) endPan(before.current);
    before.current = null;
  };
  const onBarDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    bar.current = { pointer: event.clientX, parts, width: event.currentTarget.parentElement?.clientWidth ?? 1 };
  };
  const onBarMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (bar.current === null) return;
    const { pointer, parts: held, width } = bar.current;
    const wanted = ((event.clientX - pointer) / width) * PARTS;
    const by = Math.max(-held[0], Math.min(PARTS - held[1], wanted));
    show([held[0] + by, held[1] + by]);
  };
  const onBarUp = (): void => {
    bar.current = null;
    end();
  };
  const figure = (part: number): string => xFigure(kind, valueAt(domain, scale, part / PARTS));
  const names = ['Start of the view', 'End of the view'];
  return (
    <div className={styles['range']} data-testid="range-slider">
      <output>{xFigure(kind, view?.[0] ?? domain[0])}</output>
      <Slider.Root
        className={styles['slider']}
        value={[...parts]}
        min={0}
        max={PARTS}
        step={1}
        largeStep={PARTS / 20}
        minStepsBetweenValues={LEAST_PARTS}
        thumbCollisionBehavior="none"
        onValueChange={([from = 0, to = PARTS]) => show([from, to])}
        onValueCommitted={end}
      >
        <Slider.Control className={styles['control']}>
          <Slider.Track className={styles['track']}>
            <div
              className={styles['bar']}
              style={{ left: `${(parts[0] / PARTS) * 100}%`, width: `${((parts[1] - parts[0]) / PARTS) * 100}%` }}
              data-testid="range-bar"
              onPointerDown={onBarDown}
              onPointerMove={onBarMove}
              onPointerUp={onBarUp}
              onPointerCancel={onBarUp}
            />
            {names.map((name, index) => (
              <Slider.Thumb
                key={name}
                index={index}
                className={styles['thumb']}
                getAriaLabel={() => name}
                getAriaValueText={(_, value) => figure(value)}
                data-testid={index === 0 ? 'range-start' : 'range-end'}
              />
            ))}
          </Slider.Track>
        </Slider.Control>
      </Slider.Root>
      <output>{xFigure(kind, view?.[1] ?? domain[1])}</output>
    </div>
  );
}
