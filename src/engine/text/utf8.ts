const DECODER = new TextDecoder('utf-8', { fatal: true });

/** The text that bytes spell in UTF-8, without a leading byte order mark; null when they are none. */
export function utf8Text(bytes: Uint8Array): string | null {
  // Looking first is far cheaper than catching: most bytes that come here are noise.
  return isUtf8(bytes) ? DECODER.decode(bytes) : null;
}

/** Well-formed UTF-8 by table 3-7 of the Unicode Standard. */
function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i] as number;
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const second = bytes[i + 1] ?? 0;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return false;
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (let k = 2; k < length; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return false;
    i += length - 1;
  }
  return true;
}
