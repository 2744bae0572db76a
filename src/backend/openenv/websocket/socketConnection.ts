import type { WebSocket } from 'ws';
import type { SessionAttachment, SessionEnd } from '../sessions/session.ts';

/** Frames and characters that may wait for their turn before reading from the socket pauses. */
const MOST_WAITING = 32;
const MOST_WAITING_CHARACTERS = 4 * 1024 * 1024;
/** How long a peer has for its part of the closing handshake, milliseconds. */
const CLOSING_MS = 2_000;
const ALIVE_MS = 2_000;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const NO_STATUS = 1005;
/** Codes 4000..4999 are the application's. */
export const IDLE_TIMEOUT = 4408;
export const KILLED = 4410;
export const REPLACED = 4409;

export interface SocketTiming {
  /** Between pings, milliseconds. */
  readonly pingMs: number;
  /** A peer that was silent for longer is dead, milliseconds. */
  readonly peerTimeoutMs: number;
  /** How long a refused peer has to read why, milliseconds. */
  readonly refusalMs: number;
}

/** What a protocol does with the frames of one connection. */
export interface SocketProtocol {
  /** @param text one frame. @returns the reply, or null for none */
  answer(text: string | null): Promise<string | null>;
  /** The frame that tells why the session is over, when there is one to send. */
  farewell(reason: SessionEnd): string | null;
  /** @param said the peer closed the connection by the rules */
  onClosed(said: boolean): void;
}

/**
 * One WebSocket: frames are answered strictly one after the other, the peer is pinged, and a peer that sends faster than
 * it is served, or does not read, is made to wait.
 */
export class SocketConnection implements SessionAttachment {
  readonly remoteAddress: string | null;
  private readonly socket: WebSocket;
  private readonly timing: SocketTiming;
  private readonly waiting: (string | null)[] = [];
  private waitingCharacters = 0;
  private protocol: SocketProtocol | null = null;
  private working = false;
  private ending = false;
  private silentPings = 0;
  private readonly ping: NodeJS.Timeout;
  private readonly idle: (() => void)[] = [];

  constructor(socket: WebSocket, remoteAddress: string | null, timing: SocketTiming) {
    this.socket = socket;
    this.remoteAddress = remoteAddress;
    this.timing = timing;
    this.ping = setInterval(() => this.pingPeer(), timing.pingMs).unref();
    socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    for (const sign of ['pong', 'ping'] as const) socket.on(sign, () => (this.silentPings = 0));
    socket.on('close', (code) => this.closed(code));
    // `ws` closes the socket by itself after an error, such as a frame over the limit.
    socket.on('error', () => undefined);
  }

  /** Starts to answer, what has already come in first. */
  serve(protocol: SocketProtocol): void {
    if (this.socket.readyState !== this.socket.OPEN) {
      protocol.onClosed(false);
      return;
    }
    this.protocol = protocol;
    void this.work();
  }

  /**
   * Says why there is no session, and closes once the peer has had the time to read it: a client that asks for something
   * only later would otherwise find a closed socket without a reason.
   */
  refuse(frame: string, code: number, reason: string): void {
    this.ending = true;
    this.socket.send(frame, () => undefined);
    const close = (): void => {
      clearTimeout(timer);
      this.close(code, reason);
    };
    const timer = setTimeout(close, this.timing.refusalMs).unref();
    if (this.waiting.length > 0) close();
    else this.socket.once('message', close);
  }

  end(reason: SessionEnd): void {
    if (this.ending) return;
    this.ending = true;
    this.drop();
    const frame = this.protocol?.farewell(reason) ?? null;
    if (frame !== null) this.socket.send(frame, () => undefined);
    this.close(...CLOSURES[reason]);
  }

  /** Takes nothing more, answers what is being answered, then closes with 1001. */
  async shutDown(): Promise<void> {
    this.drop();
    if (this.working) await new Promise<void>((resolve) => this.idle.push(resolve));
    this.end('shutdown');
  }

  /** Closes as the peer asked: without a reason, after which nothing is answered. */
  closeNormally(): void {
    this.ending = true;
    this.drop();
    this.close(NORMAL, '');
  }

  async isAlive(): Promise<boolean> {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), ALIVE_MS);
    const alive = (): void => resolve(true);
    socket.once('pong', alive);
    socket.ping();
    const result = await promise;
    clearTimeout(timer);
    socket.off('pong', alive);
    return result;
  }

  private receive(data: Buffer, isBinary: boolean): void {
    this.silentPings = 0;
    if (this.ending) return;
    const text = isBinary ? utf8(data) : data.toString('utf8');
    this.waiting.push(text);
    this.waitingCharacters += text?.length ?? 0;
    if (this.isCrowded(1)) this.socket.pause();
    void this.work();
  }

  private async work(): Promise<void> {
    const { protocol } = this;
    if (protocol === null || this.working) return;
    this.working = true;
    while (this.waiting.length > 0) {
      const text = this.waiting.shift() as string | null;
      this.waitingCharacters -= text?.length ?? 0;
      if (this.socket.isPaused && !this.isCrowded(0.5)) this.socket.resume();
      const reply = await protocol.answer(text);
      // The next frame waits until this reply has left, so a peer that does not read cannot make replies pile up.
      if (reply !== null && this.socket.readyState === this.socket.OPEN) await this.send(reply);
    }
    this.working = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private isCrowded(share: number): boolean {
    return this.waiting.length >= MOST_WAITING * share || this.waitingCharacters >= MOST_WAITING_CHARACTERS * share;
  }

  private drop(): void {
    this.waiting.length = 0;
    this.waitingCharacters = 0;
  }

  private send(text: string): Promise<void> {
    return new Promise((resolve) => this.socket.send(text, () => resolve()));
  }

  private pingPeer(): void {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN || socket.isPaused) return;
    if (this.silentPings * this.timing.pingMs >= this.timing.peerTimeoutMs) {
      socket.terminate();
      return;
    }
    this.silentPings += 1;
    socket.ping();
  }

  private close(code: number, reason: string): void {
    if (this.socket.isPaused) this.socket.resume();
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSING_MS).unref();
  }

  private closed(code: number): void {
    clearInterval(this.ping);
    this.drop();
    // Proxies say "going away" for clients that would rather stay.
    const said = this.ending || code === NORMAL || code === NO_STATUS;
    this.protocol?.onClosed(said);
  }
}

const CLOSURES: { readonly [R in SessionEnd]: readonly [code: number, reason: string] } = {
  client: [NORMAL, ''],
  idle: [IDLE_TIMEOUT, 'session idle timeout'],
  killed: [KILLED, 'session ended by the operator'],
  replaced: [REPLACED, 'session resumed elsewhere'],
  shutdown: [GOING_AWAY, 'server shutting down'],
};

function utf8(data: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return null;
  }
}
