import { describe, expect, it } from 'vitest';
import { commandFor, commandRegistry, registerCommands, type Command, type KeyPress } from './commands.ts';

const command = (id: string, keys: readonly string[], enabled = true): Command => ({
  id,
  title: id,
  keys,
  group: 'Live',
  enabled,
  run: () => undefined,
});
const press = (key: string, overrides: Partial<KeyPress> = {}): KeyPress => ({
  key,
  modified: false,
  inText: false,
  onControl: false,
  ...overrides,
});
const commands = [command('next', ['n']), command('pause', [' ', 'p']), command('stop', ['s', 'escape']), command('off', ['x'], false)];
const found = (key: string, overrides?: Partial<KeyPress>, letterKeys = true) =>
  commandFor(commands, press(key, overrides), letterKeys)?.id ?? null;

describe('commandFor', () => {
  it('finds enabled commands by key, whatever the case', () => {
    expect([found('n'), found('N'), found('Escape'), found('x'), found('q')]).toEqual(['next', 'next', 'stop', null, null]);
  });
  it('leaves text fields, shortcuts of the system and activated controls alone', () => {
    expect([found('n', { inText: true }), found('Escape', { inText: true }), found('n', { modified: true })]).toEqual([null, null, null]);
    expect([found(' '), found(' ', { onControl: true })]).toEqual(['pause', null]);
    const submit = [command('submit', ['enter'])];
    const entered = (onControl: boolean) => commandFor(submit, press('Enter', { onControl }), true)?.id ?? null;
    expect([entered(false), entered(true)]).toEqual(['submit', null]);
  });
  it('tells named keys with Shift apart and prefers the command of a page', () => {
    const more = [
      { ...command('theme', ['d']), group: 'Application' as const },
      command('disagreement', ['d']),
      command('event', ['arrowleft']),
      command('decision', ['shift+arrowleft']),
    ];
    const id = (key: string, shift: boolean) => commandFor(more, press(key, { shift }), true)?.id;
    expect([id('d', false), id('D', true), id('ArrowLeft', false), id('ArrowLeft', true)]).toEqual([
      'disagreement',
      'disagreement',
      'event',
      'decision',
    ]);
  });
  it('turns characters off but not Space and Escape', () => {
    expect([found('n', {}, false), found(' ', {}, false), found('Escape', {}, false)]).toEqual([null, 'pause', 'stop']);
  });
});

describe('registerCommands', () => {
  it('takes away only what it added', () => {
    const remove = registerCommands(commands);
    const keep = registerCommands([command('help', ['?'])]);
    remove();
    expect(commandRegistry.getState().commands.map(({ id }) => id)).toEqual(['help']);
    keep();
  });
});
