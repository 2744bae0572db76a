import { describe, expect, it } from 'vitest';
import { progressLine } from './progressLine.ts';

describe('progressLine', () => {
  function recorded(isTTY: boolean): { readonly text: () => string; readonly line: ReturnType<typeof progressLine>; at: number } {
    const parts: string[] = [];
    const clock = { at: 0 };
    const line = progressLine({ isTTY, write: (part: string) => parts.push(part) }, () => clock.at);
    return Object.assign(clock, { text: () => parts.join(''), line });
  }

  it('rewrites itself on a terminal, at most ten times a second', () => {
    const screen = recorded(true);
    for (screen.at = 0; screen.at <= 250; screen.at += 50) screen.line.show(`at ${screen.at}`);
    screen.line.done('ready');
    expect(screen.text()).toBe('\r\u001b[Kat 100\r\u001b[Kat 200\r\u001b[Kready\n');
  });

  it('writes whole lines into a log, rarely', () => {
    const log = recorded(false);
    for (log.at = 0; log.at <= 25_000; log.at += 1_000) log.line.show(`at ${log.at}`);
    log.line.clear();
    log.line.done('ready');
    expect(log.text()).toBe('at 10000\nat 20000\nready\n');
  });
});
