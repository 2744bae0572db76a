import { randomUUID } from 'node:crypto';
import { sessionIdSchema, type EnvironmentSessionId, type SessionRow, type SessionTransport } from '../../../contract/environmentServer.ts';
import type { EnvironmentHandle, EnvironmentPool } from '../environments/environmentPool.ts';
import type { ServerTelemetry, SessionsView } from '../server/services.ts';
import { Session, type SessionAttachment, type SessionEnd } from './session.ts';
import { FACTORY_NAME, SessionError } from './sessionError.ts';

export interface SessionRegistryOptions {
  readonly pool: EnvironmentPool;
  readonly telemetry: ServerTelemetry;
  /** Most sessions at once. */
  readonly capacity: number;
  /** Sessions unused for longer are ended, milliseconds; null: never. */
  readonly idleTimeoutMs: number | null;
  /** How long a session waits for a client whose connection broke, milliseconds. */
  readonly resumeGraceMs: number;
  readonly now: () => number;
}

/** How a connection came to its end. `broken`: without the client saying so. */
export type Detachment = 'closed' | 'broken';

/** The sessions of every transport, which share one capacity. */
export class SessionRegistry implements SessionsView {
  readonly capacity: number;
  private readonly options: SessionRegistryOptions;
  private readonly sessions = new Map<EnvironmentSessionId, Session>();
  private readonly graces = new Map<EnvironmentSessionId, NodeJS.Timeout>();
  private readonly reaper: NodeJS.Timeout | null;
  private readonly endListeners = new Map<EnvironmentSessionId, () => void>();

  constructor(options: SessionRegistryOptions) {
    this.options = options;
    this.capacity = options.capacity;
    const { idleTimeoutMs } = options;
    this.reaper = idleTimeoutMs === null ? null : setInterval(() => this.reap(idleTimeoutMs), reapInterval(idleTimeoutMs)).unref();
  }

  get active(): number {
    return this.sessions.size;
  }

  rows(): readonly SessionRow[] {
    return [...this.sessions.values()].map((session) => session.row());
  }

  /**
   * @param id a new one unless the connection was promised one
   * @throws SessionError at capacity or when no environment can be had
   */
  open(transport: SessionTransport, remoteAddress: string | null, id: EnvironmentSessionId = newSessionId()): Session {
    const { pool, telemetry, now, capacity } = this.options;
    const { active } = this;
    if (active >= capacity) {
      const message = `Server at capacity: ${active}/${capacity} sessions active. Cannot accept new connections.`;
      throw new SessionError({ code: 'CAPACITY_REACHED', message, active_sessions: active, max_sessions: capacity });
    }
    let handle: EnvironmentHandle;
    try {
      handle = pool.open();
    } catch (error) {
      const message = `Environment factory '${FACTORY_NAME}' failed to create instance.`;
      throw new SessionError({ code: 'FACTORY_ERROR', message, factory_name: FACTORY_NAME }, { cause: error });
    }
    const session = new Session({ id, transport, handle, pool, telemetry, remoteAddress, now });
    this.sessions.set(id, session);
    return session;
  }

  find(id: string): Session | null {
    return this.sessions.get(id as EnvironmentSessionId) ?? null;
  }

  /**
   * Takes a session over a connection. One that is attached elsewhere can be taken only when that connection is dead.
   * @throws SessionError when the id is unknown or in use
   */
  async attach(id: string, attachment: SessionAttachment): Promise<Session> {
    const session = this.find(id);
    const before = session?.attachment ?? null;
    if (before !== null && !(await before.isAlive()) && session?.attachment === before) {
      session.attachment = null;
      before.end('replaced');
    }
    if (session === null || this.find(id) !== session || session.closing)
      throw new SessionError({ code: 'SESSION_ERROR', message: `Unknown session_id: ${id.slice(0, 64)}` });
    if (session.attachment !== null)
      throw new SessionError({ code: 'SESSION_ERROR', message: `Session ${session.id} already has a WebSocket attached` });
    session.attachment = attachment;
    clearTimeout(this.graces.get(session.id));
    this.graces.delete(session.id);
    session.touch('attach');
    return session;
  }

  /** A connection lets go of its session, which ends with it unless it is one that outlives connections. */
  detach(session: Session, attachment: SessionAttachment, how: Detachment): void {
    if (session.attachment !== attachment) return;
    session.attachment = null;
    if (!this.sessions.has(session.id)) return;
    session.touch('detach');
    if (session.closing) this.end(session, 'client');
    else if (session.transport === 'mcp_http') return;
    else if (how === 'broken' && session.resumable && this.options.resumeGraceMs > 0) {
      const timer = setTimeout(() => this.end(session, 'idle'), this.options.resumeGraceMs).unref();
      this.graces.set(session.id, timer);
    } else this.end(session, 'client');
  }

  /** Ends a session and frees its slot; its connection is told. @returns false when it had ended already */
  end(session: Session, reason: SessionEnd): boolean {
    if (this.sessions.get(session.id) !== session) return false;
    this.sessions.delete(session.id);
    clearTimeout(this.graces.get(session.id));
    this.graces.delete(session.id);
    this.options.pool.release(session.handle);
    const { attachment } = session;
    session.attachment = null;
    attachment?.end(reason);
    const listener = this.endListeners.get(session.id);
    this.endListeners.delete(session.id);
    listener?.();
    return true;
  }

  /** Called once when the session ends, whatever ends it. */
  onEnd(session: Session, listener: () => void): void {
    this.endListeners.set(session.id, listener);
  }

  endAll(reason: SessionEnd): void {
    if (this.reaper !== null) clearInterval(this.reaper);
    for (const session of [...this.sessions.values()]) this.end(session, reason);
  }

  private reap(idleTimeoutMs: number): void {
    for (const session of [...this.sessions.values()]) {
      // A socket on a session made over HTTP is its only sign of life between steps of an agent.
      if (session.transport === 'mcp_http' && session.attachment !== null) continue;
      if (session.idleMs > idleTimeoutMs) this.end(session, 'idle');
    }
  }
}

export function newSessionId(): EnvironmentSessionId {
  return sessionIdSchema.parse(randomUUID());
}

function reapInterval(idleTimeoutMs: number): number {
  return Math.max(10, Math.min(30_000, idleTimeoutMs / 4));
}
