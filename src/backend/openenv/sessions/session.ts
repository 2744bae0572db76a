import { createHash } from 'node:crypto';
import type { EnvironmentSessionId, SessionRow, SessionTransport } from '../../../contract/environmentServer.ts';
import type { JsonObject } from '../../../contract/json.ts';
import type { EnvironmentHandle, EnvironmentPool } from '../environments/environmentPool.ts';
import type { EnvironmentReply } from '../environments/reply.ts';
import type { ServerTelemetry } from '../server/services.ts';
import type { StepAction } from '../wire/action.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';

/** The connection that a session is reached through. */
export interface SessionAttachment {
  readonly remoteAddress: string | null;
  /** Tells the peer why its session is over and closes the connection. */
  end(reason: SessionEnd): void;
  /** True when the peer answers within a moment; false when the connection only looks open. */
  isAlive(): Promise<boolean>;
}

/** `client`: asked for by the client. `idle`: nobody used it. `killed`: by an operator. `shutdown`: the server ends. */
export type SessionEnd = 'client' | 'idle' | 'killed' | 'shutdown' | 'replaced';

export interface SessionParts {
  readonly id: EnvironmentSessionId;
  readonly transport: SessionTransport;
  readonly handle: EnvironmentHandle;
  readonly pool: EnvironmentPool;
  readonly telemetry: ServerTelemetry;
  readonly remoteAddress: string | null;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** A request id that was used for two different requests. */
export const REUSED: unique symbol = Symbol('reused');

/** The reply that a client may ask for again, because its connection broke before it came. */
interface Remembered {
  readonly requestId: string;
  readonly request: string;
  readonly reply: Promise<EnvironmentReply>;
}

/** One client's environment with its figures. Calls are carried out in the order they are made. */
export class Session {
  readonly id: EnvironmentSessionId;
  readonly transport: SessionTransport;
  readonly handle: EnvironmentHandle;
  /** The client knows its id and may come back after a broken connection. */
  resumable = false;
  attachment: SessionAttachment | null = null;
  /** To be ended as soon as its connection lets go of it. */
  closing = false;
  private readonly parts: SessionParts;
  private readonly createdAt: number;
  private lastActivityAt: number;
  private lastCall: string | null = null;
  private resets = 0;
  private steps = 0;
  private inFlight = 0;
  private remembered: Remembered | null = null;

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.id = parts.id;
    this.transport = parts.transport;
    this.handle = parts.handle;
    this.createdAt = this.lastActivityAt = parts.now();
  }

  /** Milliseconds since the last reset, step or tool call; 0 while one is carried out. */
  get idleMs(): number {
    return this.inFlight > 0 ? 0 : this.parts.now() - this.lastActivityAt;
  }

  /**
   * Begins an episode.
   * @param requestId a repeated one gives the stored reply
   */
  async reset(start: () => EpisodeStart, requestId: string | null, request: string): Promise<EnvironmentReply | typeof REUSED> {
    return this.once('reset', requestId, request, async () => {
      const reply = await this.act('reset', { type: 'reset', start: start() });
      if (reply.ok) this.resets += 1;
      return reply;
    });
  }

  async step(action: StepAction, requestId: string | null, request: string): Promise<EnvironmentReply | typeof REUSED> {
    return this.once('step', requestId, request, async () => {
      const reply = await this.act('step', { type: 'step', action });
      if (!reply.ok) return reply;
      this.steps += 1;
      if (reply.facts !== null) this.parts.telemetry.steps([reply.facts]);
      return reply;
    });
  }

  /** Not an activity: a client that only watches does not keep a session alive. */
  state(): Promise<EnvironmentReply> {
    this.lastCall = 'state';
    return this.parts.pool.call(this.handle, { type: 'state' });
  }

  tool(name: string, args: JsonObject): Promise<EnvironmentReply> {
    return this.act('tools/call', { type: 'tool', name, arguments: args });
  }

  /** Something that counts as use without touching the environment, such as a list of tools. */
  touch(call: string): void {
    this.lastCall = call;
    this.lastActivityAt = this.parts.now();
  }

  row(): SessionRow {
    const { id, transport, handle, attachment, lastCall, resets, steps } = this;
    const detached = transport !== 'mcp_http' && attachment === null;
    return {
      id,
      transport,
      state: detached ? 'detached' : 'attached',
      remoteAddress: attachment?.remoteAddress ?? this.parts.remoteAddress,
      ageMs: Math.round(this.parts.now() - this.createdAt),
      idleMs: Math.round(this.idleMs),
      lastCall,
      resets,
      steps,
      worker: handle.worker,
    };
  }

  private async once(
    kind: string,
    requestId: string | null,
    request: string,
    carryOut: () => Promise<EnvironmentReply>,
  ): Promise<EnvironmentReply | typeof REUSED> {
    if (requestId === null) return carryOut();
    // Requests may be large, and one is kept for each session.
    const said = createHash('sha256').update(`${kind} ${request}`).digest('base64');
    if (this.remembered?.requestId === requestId) return this.remembered.request === said ? this.remembered.reply : REUSED;
    const reply = carryOut();
    const remembered = (this.remembered = { requestId, request: said, reply });
    // A failure is not worth repeating: the same request may do better now.
    if (!(await reply).ok && this.remembered === remembered) this.remembered = null;
    return reply;
  }

  private async act(name: string, call: Parameters<EnvironmentPool['call']>[1]): Promise<EnvironmentReply> {
    this.touch(name);
    this.inFlight += 1;
    try {
      return await this.parts.pool.call(this.handle, call);
    } finally {
      this.inFlight -= 1;
      this.lastActivityAt = this.parts.now();
    }
  }
}
