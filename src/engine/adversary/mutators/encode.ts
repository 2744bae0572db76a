const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const UTF8 = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const PERCENT = HEX.map((digits) => `%${digits.toUpperCase()}`);

/** Base64 of the UTF-8 bytes, padded. */
export function toBase64(text: string): string {
  const bytes = UTF8.encode(text);
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += BASE64.charAt(bits >> 18) + BASE64.charAt((bits >> 12) & 63);
    out += left > 1 ? BASE64.charAt((bits >> 6) & 63) : '=';
    out += left > 2 ? BASE64.charAt(bits & 63) : '=';
  }
  return out;
}

/** Lower-case hexadecimal of the UTF-8 bytes. */
export function toHex(text: string): string {
  let out = '';
  for (const byte of UTF8.encode(text)) out += HEX[byte] as string;
  return out;
}

/** Percent escapes for every byte, or for those of the characters that `pick` accepts. */
export function toPercent(text: string, pick: (character: string) => boolean = () => true): string {
  let out = '';
  for (const character of text) {
    if (!pick(character)) out += character;
    else for (const byte of UTF8.encode(character)) out += PERCENT[byte] as string;
  }
  return out;
}

/** ASCII spelled in Unicode tag characters; null when the text has other characters. */
export function toTags(text: string): string | null {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return null;
    out += String.fromCodePoint(0xe0000 + code);
  }
  return out;
}
