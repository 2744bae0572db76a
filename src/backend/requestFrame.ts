/** Message types of oRPC's peer protocol; a frame without one is a request. */
const EVENT_ITERATOR = 3;
const ABORT_SIGNAL = 4;

/**
 * True when `data` is text that oRPC's peer protocol can read as coming from a client. Its adapters decode frames in
 * handlers whose rejections nobody sees, so a host checks each frame before it hands it on. Binary frames carry files,
 * and the contract has none.
 */
export function isRequestFrame(data: unknown): data is string {
  if (typeof data !== 'string') return false;
  let frame: unknown;
  try {
    frame = JSON.parse(data);
  } catch {
    return false;
  }
  if (!isRecord(frame) || typeof frame['i'] !== 'string') return false;
  const { t: type, p: payload } = frame;
  if (type === ABORT_SIGNAL) return true;
  if (!isRecord(payload)) return false;
  if (type === EVENT_ITERATOR) return typeof payload['e'] === 'string';
  return type === undefined && isRequest(payload);
}

function isRequest({ u: url, h: headers = {}, m: method = 'POST' }: Record<string, unknown>): boolean {
  if (typeof url !== 'string' || !url.startsWith('/') || typeof method !== 'string') return false;
  return isRecord(headers) && Object.values(headers).every((value) => typeof value === 'string' || Array.isArray(value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
