import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** Clients that cost next to nothing: requests are bytes made beforehand, replies are counted and thrown away. */

export interface Traffic {
  replies: number;
  bytes: number;
}

/** Sends requests one after the other on one connection, each once the reply to the one before is complete. */
export async function driveHttp(port: number, requests: Iterable<Buffer>, traffic: Traffic): Promise<void> {
  const socket = await open(port);
  await exchange(socket, requests, traffic, httpReplyEnd);
}

/** The same for frames of one WebSocket session. */
export async function driveWebSocket(port: number, frames: Iterable<Buffer>, traffic: Traffic): Promise<void> {
  const socket = await open(port);
  const key = randomBytes(16).toString('base64');
  const upgrade =
    `GET /ws HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
    `sec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`;
  await exchange(socket, [Buffer.from(upgrade)], { replies: 0, bytes: 0 }, upgradeEnd, false);
  await exchange(socket, frames, traffic, frameEnd);
}

export function httpRequest(port: number, path: string, body: object): Buffer {
  const json = JSON.stringify(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n`;
  return Buffer.from(head + json);
}

/** A masked text frame; the mask is zero, which hides nothing and costs nothing. */
export function textFrame(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const extended = payload.length < 126 ? 0 : 2;
  const frame = Buffer.alloc(2 + extended + 4 + payload.length);
  frame[0] = 0x81;
  frame[1] = 0x80 | (extended === 0 ? payload.length : 126);
  if (extended > 0) frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, 2 + extended + 4);
  return frame;
}

/** Where the reply that begins at the start of `bytes` ends, or null when that cannot be told yet. @throws when it is no success */
type FindEnd = (bytes: Buffer) => number | null;

const HEAD_END = Buffer.from('\r\n\r\n');

function httpReplyEnd(bytes: Buffer): number | null {
  const head = bytes.indexOf(HEAD_END);
  if (head < 0) return null;
  const text = bytes.toString('latin1', 0, head);
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(`The server answered: ${bytes.toString('utf8', 0, 600)}`);
  return head + HEAD_END.length + Number(/content-length: *(\d+)/i.exec(text)?.[1]);
}

function upgradeEnd(bytes: Buffer): number | null {
  const head = bytes.indexOf(HEAD_END);
  if (head >= 0 && !bytes.toString('latin1', 0, 12).endsWith(' 101')) throw new Error('The server did not open a WebSocket.');
  return head < 0 ? null : head + HEAD_END.length;
}

function frameEnd(bytes: Buffer): number | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  if (first !== 0x81) throw new Error(`The server sent a frame of another kind: ${first.toString(16)}.`);
  if (second < 126) return 2 + second;
  if (second === 126) return bytes.length < 4 ? null : 4 + bytes.readUInt16BE(2);
  return bytes.length < 10 ? null : 10 + Number(bytes.readBigUInt64BE(2));
}

function exchange(socket: Socket, requests: Iterable<Buffer>, traffic: Traffic, findEnd: FindEnd, end = true): Promise<void> {
  const waiting = requests[Symbol.iterator]();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  /** Bytes of the reply still to come; null while its length is not known. */
  let missing: number | null = null;
  let held: Buffer | null = null;
  const finish = (error?: Error): void => {
    socket.removeAllListeners();
    socket.on('error', () => undefined);
    if (end || error !== undefined) socket.destroy();
    if (error === undefined) resolve();
    else reject(error);
  };
  const next = (): void => {
    missing = null;
    held = null;
    const request = waiting.next();
    if (request.done === true) finish();
    else socket.write(request.value);
  };
  socket.on('data', (chunk) => {
    traffic.bytes += chunk.length;
    try {
      if (missing === null) {
        const bytes: Buffer = held === null ? chunk : Buffer.concat([held, chunk]);
        const length = findEnd(bytes);
        if (length === null) {
          held = bytes;
          return;
        }
        missing = length - bytes.length;
      } else missing -= chunk.length;
      if (missing > 0) return;
      traffic.replies += 1;
      next();
    } catch (error) {
      finish(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', finish);
  socket.on('close', () => finish(new Error('The server closed the connection.')));
  next();
  return promise;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}
