const PATHS = {
  live: 'M2 8h3l2-5 3 10 2-5h2',
  review: 'M2 3.5h5M2 8h4M2 12.5h5M9 9.5l2 2 3.5-5',
  models: 'M8 1.5 14 4.5 8 7.5 2 4.5zM2 8l6 3 6-3M2 11.5l6 3 6-3',
  data: 'M8 1.8c-3.3 0-5.5 1-5.5 2.4v7.6c0 1.4 2.2 2.4 5.5 2.4s5.5-1 5.5-2.4V4.2c0-1.4-2.2-2.4-5.5-2.4zM2.5 4.2C2.5 5.6 4.7 6.6 8 6.6s5.5-1 5.5-2.4M2.5 8c0 1.4 2.2 2.4 5.5 2.4s5.5-1 5.5-2.4',
  api: 'M5 4 1.5 8 5 12M11 4l3.5 4-3.5 4M9 3 7 13',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
  system: 'M2 3h12v8H2zM5.5 14h5M8 11v3',
  help: 'M6 6a2 2 0 1 1 2.7 1.9c-.5.2-.7.6-.7 1.1v.5M8 12v.2M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z',
  play: 'M5 3v10l8-5z',
  pause: 'M5 3v10M11 3v10',
  step: 'M4 3v10l6-5zM12 3v10',
  stop: 'M4 4h8v8H4z',
  reroll: 'M13 8a5 5 0 1 1-1.5-3.6L13 6M13 2.5V6H9.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14',
  copy: 'M5 5h8v9H5zM3 11V2h8',
  warning: 'M8 2 14.5 13.5h-13zM8 6.5v3.5M8 11.8v.2',
  down: 'M4 6l4 4 4-4',
  check: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  training: 'M2 2v12h12M4 11l3-4 2.5 2L14 4',
  evaluation: 'M2.5 13.5h11M4 13.5V9M8 13.5V3M12 13.5V6.5',
  more: 'M8 3.2v.1M8 8v.1M8 12.7v.1',
  enlarge: 'M9.5 2H14v4.5M6.5 14H2V9.5M14 2 9 7M2 14l5-5',
  back: 'M6 4 2.5 7.5 6 11M2.5 7.5H10a3.5 3.5 0 0 1 0 7H8',
  replays: 'M3 8a5 5 0 1 1 1.5 3.6L3 10M3 13.5V10h3.5M8 5.5V8l2 1.5',
  pin: 'M6 2h4l-.5 4.5L12 9H4l2.5-2.5zM8 9v5',
  tag: 'M2 2h5.5L14 8.5 8.5 14 2 7.5zM5 5v.1',
  bookmark: 'M4 2h8v12l-4-3-4 3z',
  trash: 'M3 4h10M6 4V2.5h4V4M4.5 4l.5 9.5h6l.5-9.5',
  export: 'M8 10V2M5 4.5 8 2l3 2.5M3 9v5h10V9',
  import: 'M8 2v8M5 7.5 8 10l3-2.5M3 9v5h10V9',
  link: 'M6.5 9.5 9.5 6.5M7 4.5 8.5 3A3 3 0 0 1 13 7.5L11.5 9M9 11.5 7.5 13A3 3 0 0 1 3 8.5L4.5 7',
  verify: 'M8 1.5 13.5 3.5V8c0 3-2.5 5-5.5 6.5C5 13 2.5 11 2.5 8V3.5zM5.5 8 7.3 9.8 10.8 6',
  send: 'M2 8 14 2.5 10 13.5 7.5 9z',
  lock: 'M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  unlock: 'M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 0 1 4.8-1',
  forward: 'M3 3v10l5-5zM8 3v10l5-5z',
  backward: 'M13 3v10L8 8zM8 3v10L3 8z',
  next: 'M6 3l5 5-5 5',
  previous: 'M10 3 5 8l5 5',
  restart: 'M4 3v10M13 3v10L5.5 8z',
  guide: 'M8 4C6.5 2.8 4.5 2.5 2 2.5v10c2.5 0 4.5.3 6 1.5 1.5-1.2 3.5-1.5 6-1.5v-10c-2.5 0-4.5.3-6 1.5zM8 4v10',
  grip: 'M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1',
  swap: 'M3 5h9l-2.5-2.5M13 11H4l2.5 2.5',
} as const;
export type IconName = keyof typeof PATHS;

const FILLED: ReadonlySet<IconName> = new Set(['play', 'stop']);

/** A 16 px line icon; decorative, so the control around it carries the name. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill={FILLED.has(name) ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
