import type { Rate } from '../../../contract/wilson.ts';

/** The 95% interval of a share, percent, small beside it. */
export function Interval({ rate }: { readonly rate: Rate | null }) {
  return rate === null ? null : (
    <small>
      {(rate.low * 100).toFixed(1)}–{(rate.high * 100).toFixed(1)}
    </small>
  );
}
