import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CorporaSnapshot } from '../../../contract/corpora.ts';
import { ConnectionLostError } from '../../platform/connection.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import type { Platform } from '../../platform/platform.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';

const MOVING_MS = 400;
const RESTING_MS = 2_500;

interface CorporaView {
  /** Null until the first answer. */
  readonly snapshot: CorporaSnapshot | null;
  readonly problem: Problem | null;
}

/** Asks for the state of the streamed corpora: often while one moves, rarely while all rest. */
class CorporaFollower {
  readonly store: StoreApi<CorporaView> = createStore<CorporaView>(() => ({ snapshot: null, problem: null }));
  private readonly client: Platform['client'];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isOpen = false;

  constructor(client: Platform['client']) {
    this.client = client;
  }

  /** Follows until the returned function is called. */
  open(): () => void {
    this.isOpen = true;
    void this.refresh();
    return () => {
      this.isOpen = false;
      clearTimeout(this.timer);
    };
  }

  /** Runs a request and shows what came of it. */
  async act(request: () => Promise<unknown>): Promise<void> {
    try {
      await request();
      this.store.setState({ problem: null });
    } catch (error) {
      this.store.setState({ problem: describeError(error) });
    }
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    clearTimeout(this.timer);
    let pause = RESTING_MS;
    try {
      const snapshot = await this.client.corpora.snapshot();
      this.store.setState({ snapshot });
      if (snapshot.corpora.some(({ state }) => state === 'streaming' || state === 'connecting')) pause = MOVING_MS;
    } catch (error) {
      // The shell says that the line is gone, and when it comes back.
      if (!(error instanceof ConnectionLostError)) this.store.setState({ problem: describeError(error) });
    }
    clearTimeout(this.timer);
    if (this.isOpen) this.timer = setTimeout(() => void this.refresh(), pause);
  }
}

export interface FollowedCorpora extends CorporaView {
  /** Runs a request and shows what came of it. */
  readonly act: (request: () => Promise<unknown>) => Promise<void>;
}

/** Follows the streamed corpora while the page is open. */
export function useCorpora(): FollowedCorpora {
  const { client } = usePlatform();
  const follower = useMemo(() => new CorporaFollower(client), [client]);
  useEffect(() => follower.open(), [follower]);
  const view = useStore(follower.store);
  const act = useMemo(() => follower.act.bind(follower), [follower]);
  return { ...view, act };
}
