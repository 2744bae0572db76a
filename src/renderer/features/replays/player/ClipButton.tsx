import { Popover } from '@base-ui/react/popover';
import { useId, useState } from 'react';
import { plural } from '../../../lib/format.ts';
import { useWholeNumber } from '../../../lib/useWholeNumber.ts';
import { usePlatform } from '../../../platform/PlatformContext.ts';
import { Button } from '../../../widgets/Button.tsx';
import { clipFile, clipSteps, type ClipRange } from './clip.ts';
import type { Timeline } from './timeline.ts';
import styles from './ClipButton.module.css';

interface ClipButtonProps {
  readonly timeline: Timeline;
  readonly tick: number;
  readonly onSaved: (notice: string) => void;
}

/** Saves the decisions between two ticks as JSON lines. */
export function ClipButton({ timeline, tick, onSaved }: ClipButtonProps) {
  const { saveFile } = usePlatform();
  const [open, setOpen] = useState(false);
  const [range, setRange] = useState<ClipRange>({ from: 1, to: timeline.ticks });
  const here = Math.max(1, tick);
  const steps = open ? clipSteps(timeline, range) : [];
  const save = (): void => {
    const { id } = timeline.episode.summary;
    saveFile(`omniguard-${id}-ticks-${range.from}-${range.to}.jsonl`, clipFile(steps));
    setOpen(false);
    onSaved(`${plural(steps.length, 'decision')} of ticks ${range.from} to ${range.to} saved as JSON lines.`);
  };
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (next) setRange({ from: 1, to: timeline.ticks });
      }}
    >
      <Popover.Trigger
        render={
          <Button size="small" title="Decisions between two ticks, as JSON lines" testId="replay-clip" disabled={timeline.ticks === 0}>
            Clip
          </Button>
        }
      />
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="end" className={styles['positioner']}>
          <Popover.Popup className={styles['popup']}>
            <Popover.Title className={styles['title']}>Export a clip</Popover.Title>
            <TickField
              key={`from ${range.from}`}
              label="From tick"
              value={range.from}
              least={1}
              most={range.to}
              here={here}
              onChange={(from) => setRange({ ...range, from })}
            />
            <TickField
              key={`to ${range.to}`}
              label="To tick"
              value={range.to}
              least={range.from}
              most={timeline.ticks}
              here={here}
              onChange={(to) => setRange({ ...range, to })}
            />
            <Button variant="primary" testId="clip-save" onClick={save}>
              {`Save ${plural(steps.length, 'decision')}`}
            </Button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface TickFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  /** Tick under the playhead. */
  readonly here: number;
  readonly onChange: (tick: number) => void;
}

function TickField({ label, value, least, most, here, onChange }: TickFieldProps) {
  const id = useId();
  const allows = (tick: number): boolean => tick >= least && tick <= most;
  const { input } = useWholeNumber({ value, allows, onChange });
  return (
    <div className={styles['field']}>
      <label htmlFor={id}>{label}</label>
      <input id={id} data-testid={`clip-${label.startsWith('From') ? 'from' : 'to'}`} {...input} />
      <Button size="small" disabled={!allows(here)} title="The tick under the playhead" onClick={() => onChange(here)}>
        Playhead
      </Button>
    </div>
  );
}
