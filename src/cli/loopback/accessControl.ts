import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const MOST_SESSIONS = 64;
const FAILURES = { most: 20, windowMs: 60_000 };

export interface AccessOptions {
  /** A secret that may be used any number of times, from OMNIGUARD_TOKEN. */
  readonly token?: string | undefined;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export type Redeemed = { readonly ok: true; readonly session: string } | { readonly ok: false; readonly reason: 'wrong' | 'too_many' };

/**
 * Who may use the loopback host: whoever opened its address with the one-time token, or knows the token it was
 * given, gets a session, and the session is what every later request shows. Secrets are kept and compared as hashes.
 */
export class AccessControl {
  private readonly now: () => number;
  private readonly lasting: Buffer | null;
  private readonly oneTime = new Set<string>();
  private readonly sessions = new Set<string>();
  private failures: number[] = [];

  constructor({ token, now = Date.now }: AccessOptions = {}) {
    this.now = now;
    this.lasting = token === undefined ? null : digest(token);
  }

  /** A new token that can be redeemed once; 256 random bits. */
  issue(): string {
    const token = secret();
    this.oneTime.add(digest(token).toString('hex'));
    return token;
  }

  /** Trades a token for a session. After 20 wrong ones in a minute all are refused for the rest of it. */
  redeem(token: string): Redeemed {
    const since = this.now() - FAILURES.windowMs;
    this.failures = this.failures.filter((at) => at > since);
    if (this.failures.length >= FAILURES.most) return { ok: false, reason: 'too_many' };
    const hash = digest(token);
    const lasting = this.lasting !== null && timingSafeEqual(hash, this.lasting);
    if (!lasting && !this.oneTime.delete(hash.toString('hex'))) {
      this.failures.push(this.now());
      return { ok: false, reason: 'wrong' };
    }
    const session = secret();
    this.sessions.add(digest(session).toString('hex'));
    const [oldest] = this.sessions;
    if (this.sessions.size > MOST_SESSIONS && oldest !== undefined) this.sessions.delete(oldest);
    return { ok: true, session };
  }

  admits(session: string | undefined): boolean {
    return session !== undefined && this.sessions.has(digest(session).toString('hex'));
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
