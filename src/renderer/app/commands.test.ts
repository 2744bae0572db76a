import { describe, expect, it } from 'vitest';
import { commandFor, commandRegistry, registerCommands, type Command, type KeyPress } from './commands.ts';
import { NO_CUSTOM_KEYS, withKeys } from './keys/bindings.ts';
import type { CommandId } from './keys/catalogue.ts';

const command = (id: CommandId, enabled = true): Command => ({ id, enabled, run: () => undefined });
const press = (key: string, overrides: Partial<KeyPress> = {}): KeyPress => ({
  key,
  modified: false,
  inText: false,
  onControl: false,
  ...overrides,
});
const commands = [command('live.next'), command('live.toggle'), command('live.stop'), command('live.lane', false)];
const found = (key: string, overrides?: Partial<KeyPress>, letterKeys = true, keys = NO_CUSTOM_KEYS) =>
  commandFor(commands, press(key, overrides), { letterKeys, keys })?.id ?? null;

describe('commandFor', () => {
  it('finds enabled commands by key, whatever the case', () => {
    expect([found('n'), found('N'), found('Escape'), found('m'), found('q')]).toEqual(['live.next', 'live.next', 'live.stop', null, null]);
  });
  it('leaves text fields, shortcuts of the system and activated controls alone', () => {
    expect([found('n', { inText: true }), found('Escape', { inText: true }), found('n', { modified: true })]).toEqual([null, null, null]);
    expect([found(' '), found(' ', { onControl: true })]).toEqual(['live.toggle', null]);
    const submit = [command('review.submit')];
    const entered = (onControl: boolean) =>
      commandFor(submit, press('Enter', { onControl }), { letterKeys: true, keys: NO_CUSTOM_KEYS })?.id ?? null;
    expect([entered(false), entered(true)]).toEqual(['review.submit', null]);
  });
  it('tells named keys with Shift apart and prefers the command of a page', () => {
    const more = [command('app.theme'), command('replay.disagreement'), command('replay.event-back'), command('replay.decision-back')];
    const id = (key: string, shift: boolean) => commandFor(more, press(key, { shift }), { letterKeys: true, keys: NO_CUSTOM_KEYS })?.id;
    expect([id('d', false), id('D', true), id('ArrowLeft', false), id('ArrowLeft', true)]).toEqual([
      'replay.disagreement',
      'replay.disagreement',
      'replay.event-back',
      'replay.decision-back',
    ]);
  });
  it('turns characters off but not Space and Escape', () => {
    expect([found('n', {}, false), found(' ', {}, false), found('Escape', {}, false)]).toEqual([null, 'live.toggle', 'live.stop']);
  });
  it('answers to changed keys and no longer to the shipped ones', () => {
    const keys = withKeys(NO_CUSTOM_KEYS, 'live.next', ['ArrowDown'.toLowerCase(), 'w']);
    expect([found('w', {}, true, keys), found('ArrowDown', {}, true, keys), found('n', {}, true, keys)]).toEqual([
      'live.next',
      'live.next',
      null,
    ]);
  });
});

describe('registerCommands', () => {
  it('takes away only what it added', () => {
    const remove = registerCommands(commands);
    const keep = registerCommands([command('app.help')]);
    remove();
    expect(commandRegistry.getState().commands.map(({ id }) => id)).toEqual(['app.help']);
    keep();
  });
});
