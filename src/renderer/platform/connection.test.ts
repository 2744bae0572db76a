import { describe, expect, it, vi } from 'vitest';
import { backoffDelay, CallTimeoutError, ConnectionLostError, createConnection, type Transport } from './connection.ts';

function fakeTransport(answer: (path: readonly string[]) => Promise<unknown>) {
  let end: (reason: string) => void = () => undefined;
  const transport: Transport = {
    link: { call: (path) => answer(path) },
    closed: new Promise((resolve) => (end = resolve)),
    close: vi.fn(),
  };
  return { transport, end: (reason: string) => end(reason) };
}

const never = new Promise<never>(() => undefined);
const base = { probe: () => Promise.resolve(), streams: new Set(['live.events']) };

describe('createConnection', () => {
  it('waits for the first connection, then answers', async () => {
    const { transport } = fakeTransport(() => Promise.resolve(42));
    const connection = createConnection({ ...base, open: () => new Promise((resolve) => setTimeout(() => resolve(transport), 20)) });
    await expect(connection.call(['a'], undefined, { context: {} })).resolves.toBe(42);
    expect(connection.getState()).toEqual({ status: 'open' });
    connection.dispose();
  });

  it('rejects a call that outlives its limit but not a stream', async () => {
    const { transport } = fakeTransport(() => never);
    const connection = createConnection({ ...base, open: () => Promise.resolve(transport), timeoutMs: 30 });
    await expect(connection.call(['a'], undefined, { context: {} })).rejects.toBeInstanceOf(CallTimeoutError);
    const stream = connection.call(['live', 'events'], undefined, { context: {} });
    await expect(Promise.race([stream, new Promise((resolve) => setTimeout(() => resolve('open'), 60))])).resolves.toBe('open');
    connection.dispose();
    await expect(stream).rejects.toBeInstanceOf(ConnectionLostError);
  });

  it('rejects everything in flight when the transport closes, and connects again', async () => {
    const first = fakeTransport(() => never);
    const second = fakeTransport(() => Promise.resolve('again'));
    const transports = [first.transport, second.transport];
    const connection = createConnection({
      ...base,
      open: () => Promise.resolve(transports.shift() ?? second.transport),
      backoffMs: [5, 5],
    });
    const hanging = connection.call(['live', 'events'], undefined, { context: {} });
    await new Promise((resolve) => setTimeout(resolve, 5));
    first.end('gone');
    await expect(hanging).rejects.toThrow('gone');
    expect(connection.getState().status).toBe('lost');
    await vi.waitFor(() => expect(connection.getState().status).toBe('open'));
    await expect(connection.call(['a'], undefined, { context: {} })).resolves.toBe('again');
    connection.dispose();
  });

  it('ends a stream whose transport closes, and tells its source', async () => {
    const source = { next: () => never, return: vi.fn(() => Promise.resolve({ done: true as const, value: undefined })) };
    const { transport, end } = fakeTransport(() => Promise.resolve({ ...source, [Symbol.asyncIterator]: () => source }));
    const connection = createConnection({ ...base, open: () => Promise.resolve(transport), backoffMs: [60_000, 60_000] });
    const stream = (await connection.call(['live', 'events'], undefined, { context: {} })) as AsyncGenerator<unknown>;
    const next = stream.next();
    end('gone');
    await expect(next).rejects.toThrow('gone');
    expect(source.return).toHaveBeenCalled();
    connection.dispose();
  });

  it('refuses calls at once while the connection is lost', async () => {
    const connection = createConnection({ ...base, open: () => Promise.reject(new Error('refused')), backoffMs: [60_000, 60_000] });
    await vi.waitFor(() => expect(connection.getState()).toMatchObject({ status: 'lost', reason: 'refused', attempt: 1 }));
    await expect(connection.call(['a'], undefined, { context: {} })).rejects.toBeInstanceOf(ConnectionLostError);
    connection.dispose();
  });

  it('counts a transport whose probe fails as not connected', async () => {
    const { transport } = fakeTransport(() => never);
    const connection = createConnection({
      ...base,
      open: () => Promise.resolve(transport),
      probe: () => never,
      openTimeoutMs: 20,
      backoffMs: [60_000, 60_000],
    });
    await vi.waitFor(() => expect(connection.getState().status).toBe('lost'));
    expect(transport.close).toHaveBeenCalled();
    connection.dispose();
  });
});

describe('backoffDelay', () => {
  it('doubles up to the longest pause', () => {
    expect([1, 2, 3, 4, 50].map((attempt) => backoffDelay(attempt, [250, 1_500]))).toEqual([250, 500, 1_000, 1_500, 1_500]);
  });
});
