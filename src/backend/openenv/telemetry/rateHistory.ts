import type { ServerRates } from '../../../contract/environmentServer.ts';

const SECONDS = 60;
const RATE_SECONDS = 10;

interface Second {
  at: number;
  requests: number;
  steps: number;
}

/** Requests and steps by the second, for the last minute. */
export class RateHistory {
  private readonly now: () => number;
  private readonly startedAt: number;
  /** One more than is told: the second under way. */
  private readonly ring: Second[] = Array.from({ length: SECONDS + 1 }, () => ({ at: -1, requests: 0, steps: 0 }));

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.now = now;
    this.startedAt = now();
  }

  request(): void {
    this.present().requests += 1;
  }

  steps(count: number): void {
    this.present().steps += count;
  }

  /** Whole seconds only; a server younger than ten seconds counts those it has, the one under way included. */
  rates(): ServerRates {
    const { at: second } = this.present();
    const history = Array.from({ length: SECONDS }, (_, index) => this.at(second - SECONDS + index));
    const recent = history.slice(-RATE_SECONDS);
    const age = (this.now() - this.startedAt) / 1_000;
    const young = age < RATE_SECONDS;
    const counted = young ? [...recent, this.at(second)] : recent;
    const span = young ? Math.max(1, age) : RATE_SECONDS;
    const perSecond = (of: 'requests' | 'steps'): number => counted.reduce((sum, entry) => sum + entry[of], 0) / span;
    return { requestsPerSecond: perSecond('requests'), stepsPerSecond: perSecond('steps'), history };
  }

  private present(): Second {
    const at = Math.floor((this.now() - this.startedAt) / 1_000);
    const slot = this.ring[at % this.ring.length] as Second;
    if (slot.at !== at) Object.assign(slot, { at, requests: 0, steps: 0 });
    return slot;
  }

  private at(second: number): { readonly requests: number; readonly steps: number } {
    const slot = second < 0 ? undefined : this.ring[second % this.ring.length];
    return slot?.at === second ? { requests: slot.requests, steps: slot.steps } : { requests: 0, steps: 0 };
  }
}
