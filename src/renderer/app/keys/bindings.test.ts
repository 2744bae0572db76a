import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../useRoute.ts';
import { commandsInConflict, commandsInFront, keysOf, NO_CUSTOM_KEYS, parseCustomKeys, withKeys, withMovedKey } from './bindings.ts';
import { BINDINGS, COMMAND_IDS, type CommandId } from './catalogue.ts';
import { ariaKey, isBindable, keyName, keyOf } from './keyNames.ts';

const commandId = fc.constantFrom(...COMMAND_IDS);
const key = fc.oneof(
  fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789[]/?'),
  fc.constantFrom('enter', 'home', 'f2', 'shift+arrowleft', ' '),
);

describe('the catalogue', () => {
  it('has no key twice in one scope, and only keys that can be bound', () => {
    for (const id of COMMAND_IDS) {
      for (const shipped of BINDINGS[id].keys) {
        expect([id, shipped, isBindable(shipped)]).toEqual([id, shipped, true]);
        expect([id, commandsInConflict(id, shipped, NO_CUSTOM_KEYS)]).toEqual([id, []]);
      }
    }
  });
  it('opens every page', () => {
    expect(ROUTES.filter((route) => !(`app.${route}` in BINDINGS))).toEqual([]);
  });
});

describe('custom keys', () => {
  it('replace the shipped ones and are stored only where they differ', () => {
    const changed = withKeys(NO_CUSTOM_KEYS, 'live.next', ['w', 'w']);
    expect(keysOf('live.next', changed)).toEqual(['w']);
    expect(changed).toEqual({ 'live.next': ['w'] });
    expect(withKeys(changed, 'live.next', ['n'])).toEqual({});
    expect(keysOf('live.next', withKeys(changed, 'live.next', []))).toEqual([]);
  });
  it('say who is in conflict and who is in front', () => {
    const custom = withKeys(NO_CUSTOM_KEYS, 'live.next', ['l']);
    expect(commandsInConflict('live.next', 'l', custom)).toEqual(['live.start']);
    // The player has `l` too, but never at the same time.
    expect(commandsInConflict('replay.lanes', 'l', custom)).toEqual([]);
    expect(commandsInFront('app.live', '1', custom)).toEqual(['review.ALLOW']);
    expect(commandsInFront('live.next', 'l', custom)).toEqual([]);
  });
  it('never stand in conflict after keys were moved', () => {
    const moves = fc.array(fc.tuple(commandId, key), { maxLength: 20 });
    fc.assert(
      fc.property(moves, (all) => {
        const custom = all.reduce((keys, [id, wanted]) => withMovedKey(keys, id, wanted), NO_CUSTOM_KEYS);
        const conflicts = COMMAND_IDS.flatMap((id) => keysOf(id, custom).flatMap((held) => commandsInConflict(id, held, custom)));
        const last = all.at(-1);
        return conflicts.length === 0 && (last === undefined || keysOf(last[0], custom).includes(last[1]));
      }),
    );
  });
  it('survive storage, and whatever else is stored there', () => {
    fc.assert(
      fc.property(fc.dictionary(commandId, fc.uniqueArray(key, { maxLength: 4 })), (stored) => {
        const custom = parseCustomKeys(stored);
        expect(parseCustomKeys(JSON.parse(JSON.stringify(custom)))).toEqual(custom);
        for (const [id, keys] of Object.entries(stored)) expect(keysOf(id as CommandId, custom)).toEqual(keys);
      }),
    );
    fc.assert(fc.property(fc.anything(), (value) => typeof parseCustomKeys(value) === 'object'));
    expect(parseCustomKeys({ 'live.next': ['tab'], 'no.such': ['n'], 'live.stop': 'x', 'app.help': ['h'] })).toEqual({ 'app.help': ['h'] });
  });
});

describe('key names', () => {
  it('are written for bindings, people and assistive technology', () => {
    expect([keyOf({ key: 'N', shift: true }), keyOf({ key: 'ArrowLeft', shift: true }), keyOf({ key: '?', shift: true })]).toEqual([
      'n',
      'shift+arrowleft',
      '?',
    ]);
    expect(['n', ' ', 'shift+arrowleft', 'f2', 'delete'].map(keyName)).toEqual(['N', 'Space', 'Shift ←', 'F2', 'Del']);
    expect(['n', ' ', 'shift+arrowleft', 'delete', '+'].map(ariaKey)).toEqual(['N', 'Space', 'Shift+ArrowLeft', 'Delete', 'Plus']);
    expect(['tab', 'shift', 'shift+tab', '', 'ArrowLeft', 'a b', 'n', ' ', 'f2'].map(isBindable)).toEqual([
      ...Array.from({ length: 6 }, () => false),
      true,
      true,
      true,
    ]);
  });
});
