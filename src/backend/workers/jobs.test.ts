import { afterEach, describe, expect, it } from 'vitest';
import { JobCancelled, JobClient } from './jobClient.ts';
import type { TestJobs } from './testing/testJobs.ts';

const clients: JobClient<TestJobs>[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
});

function open(idleMs?: number): JobClient<TestJobs> {
  const client = new JobClient<TestJobs>({
    worker: new URL('./testing/testJobs.ts', import.meta.url),
    workerData: null,
    revive: (code, message) => new RangeError(`${code}: ${message}`),
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  clients.push(client);
  return client;
}

describe('jobs of a worker', () => {
  it('start in order, and one that was withdrawn while it waited is never begun', async () => {
    const jobs = open();
    const withdrawn = new AbortController();
    const first = jobs.run('spin', 50);
    const second = jobs.run('spin', 0, withdrawn.signal);
    const third = jobs.run('spin', 0);
    withdrawn.abort();
    await expect(second).rejects.toThrow(JobCancelled);
    expect([await first, await third]).toEqual([1, 2]);
    await expect(jobs.run('spin', 0, AbortSignal.abort())).rejects.toThrow(JobCancelled);
    expect(await jobs.run('spin', 0)).toBe(3);
  });

  it('let others pass while they wait for something', async () => {
    const jobs = open();
    const controller = new AbortController();
    const waiting = jobs.run('wait', null, controller.signal);
    expect(await jobs.run('spin', 0)).toBe(1);
    controller.abort();
    await expect(waiting).rejects.toThrow(JobCancelled);
  });

  it('fail with what they were refused with, else with the message for the log', async () => {
    const jobs = open();
    await expect(jobs.run('fail', 'known')).rejects.toEqual(new RangeError('KNOWN: One sentence.'));
    await expect(jobs.run('fail', 'unknown')).rejects.toThrow(/TypeError: inside/);
    expect(await jobs.run('spin', 0)).toBe(1);
  });

  it('fail when their thread ends, and the next one has a new thread', async () => {
    const jobs = open();
    const waiting = jobs.run('wait', null);
    const ended = jobs.run('fail', 'end');
    await expect(waiting).rejects.toThrow('ended');
    await expect(ended).rejects.toThrow('ended');
    expect(await jobs.run('spin', 0)).toBe(1);
  });

  it('are told when their thread is to end, and it ends by itself when there is nothing to do', async () => {
    const jobs = open(20);
    const waiting = jobs.run('wait', null);
    const gone = expect(waiting).rejects.toThrow('ended');
    await jobs.run('spin', 0);
    await jobs.end();
    await gone;
    expect(await jobs.run('spin', 0)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await jobs.run('spin', 0)).toBe(1);
  });
});
