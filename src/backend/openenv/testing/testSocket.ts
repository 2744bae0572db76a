import { WebSocket, type ClientOptions } from 'ws';

/** What came in over a WebSocket, parsed; the shape is the test's business. */
export interface Frame {
  readonly type: string;
  readonly data: {
    readonly [key: string]: unknown;
    readonly observation: Readonly<Record<string, unknown>>;
    readonly reward: number | null;
    readonly done: boolean;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly code: string;
    readonly message: string;
    readonly errors: readonly { readonly type: string; readonly loc: readonly (string | number)[]; readonly msg: string }[];
  };
}

/** A real WebSocket client that waits for frames in order. */
export class TestSocket {
  readonly socket: WebSocket;
  /** Code and reason, once closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  private readonly frames: string[] = [];
  private readonly takers: ((text: string) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    socket.on('message', (data: Buffer) => {
      const taker = this.takers.shift();
      if (taker === undefined) this.frames.push(data.toString('utf8'));
      else taker(data.toString('utf8'));
    });
    socket.on('error', () => undefined);
  }

  static async open(url: string, options: ClientOptions = {}): Promise<TestSocket> {
    const socket = new WebSocket(url, options);
    const client = new TestSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Frames that came in and were not taken. */
  get unread(): number {
    return this.frames.length;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  text(timeoutMs = 10_000): Promise<string> {
    const waiting = this.frames.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no frame came in')), timeoutMs);
      this.takers.push((text) => {
        clearTimeout(timer);
        resolve(text);
      });
    });
  }

  async next(): Promise<Frame> {
    return JSON.parse(await this.text()) as Frame;
  }

  ask(frame: unknown): Promise<Frame> {
    this.send(frame);
    return this.next();
  }

  reset(data: object = {}): Promise<Frame> {
    return this.ask({ type: 'reset', data });
  }

  step(data: object): Promise<Frame> {
    return this.ask({ type: 'step', data });
  }

  async state(): Promise<Frame['data']> {
    return (await this.ask({ type: 'state' })).data;
  }

  async rpc(method: string, params: object = {}, id: string | number = 1): Promise<RpcReply> {
    const frame = await this.ask({ type: 'mcp', data: { jsonrpc: '2.0', id, method, params } });
    return frame.data as unknown as RpcReply;
  }

  /** Closes as the clients do. */
  async leave(): Promise<{ readonly code: number; readonly reason: string }> {
    this.send({ type: 'close' });
    return this.closed;
  }

  /** Breaks the connection without a closing handshake. */
  drop(): void {
    this.socket.terminate();
  }
}

export interface RpcReply {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data: unknown };
}
