/**
 * Chooses the worker that plays an episode. Equal episodes go to the same worker as long as one of them is under way,
 * so that a group of rollouts of one seed composes and analyses its messages once; beyond that the load is spread.
 */
export class SeedAffinity {
  private readonly fairShare: number;
  private readonly load: number[];
  private readonly homes = new Map<string, { worker: number; members: number }>();
  private readonly placed = new Map<number, { readonly key: string; readonly worker: number }>();

  /** @param environments how many there are @param workers > 0 */
  constructor(environments: number, workers: number) {
    this.fairShare = Math.ceil(environments / workers);
    this.load = new Array<number>(workers).fill(0);
  }

  /** Moves an environment to the worker that is to play `key` from now on. @returns that worker's index */
  place(environment: number, key: string): number {
    const before = this.placed.get(environment);
    if (before !== undefined) this.leave(before);
    const home = this.homes.get(key);
    const worker = home !== undefined && this.loadOf(home.worker) < this.fairShare ? home.worker : this.idlest(before?.worker ?? 0);
    if (home === undefined) this.homes.set(key, { worker, members: 1 });
    else {
      home.members += 1;
      home.worker = worker;
    }
    this.load[worker] = this.loadOf(worker) + 1;
    this.placed.set(environment, { key, worker });
    return worker;
  }

  private leave({ key, worker }: { readonly key: string; readonly worker: number }): void {
    this.load[worker] = this.loadOf(worker) - 1;
    const home = this.homes.get(key);
    if (home === undefined) return;
    home.members -= 1;
    if (home.members === 0) this.homes.delete(key);
  }

  /** The worker with the fewest; among equals the given one, since staying costs nothing. */
  private idlest(preferred: number): number {
    const least = Math.min(...this.load);
    return this.loadOf(preferred) === least ? preferred : this.load.indexOf(least);
  }

  private loadOf(worker: number): number {
    return this.load[worker] ?? Number.POSITIVE_INFINITY;
  }
}
