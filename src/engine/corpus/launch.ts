import type { JsonObject } from '../../contract/json.ts';
import type { Random } from '../random/random.ts';
import type { LaunchChange, LaunchData, ServerData } from './data.ts';
import { maybe, serverScope, type Workshop } from './draft.ts';
import { expand, type Scope } from './slots.ts';

/**
 * An honest launch entry of a server, with the extras that configurations collect. A `bare` one has
 * fewer: an attack adds to it, and length alone must not tell the classes apart.
 */
export function launchEntry(
  shop: Workshop,
  server: ServerData,
  random: Random,
  bare = false,
): { readonly entry: JsonObject; readonly scope: Scope } {
  const { benign } = shop.data;
  const scope = serverScope(shop, server, random);
  scope.bound.set('launch', expand([server.launch.command, ...server.launch.args].join(' '), scope));
  const base: LaunchData = random.chance(bare ? 0.7 : 0.42) ? server.launch : random.pick(benign.launches);
  const extraArgs = draw(benign.launchArgs, random, bare ? [0.2] : [0.55, 0.4, 0.2], scope);
  const extraEnv = draw(benign.launchEnv, random, bare ? [0.55, 0.3] : [0.6, 0.4, 0.15], scope).map(
    (pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const,
  );
  const env = {
    ...Object.fromEntries(Object.entries(base.env ?? {}).map(([key, value]) => [key, expand(value, scope)])),
    ...Object.fromEntries(extraEnv),
  };
  const description = maybe(random, bare ? 0.3 : 0.4, expand(random.pick(benign.launchDescriptions), scope));
  const cwd = maybe(
    random,
    0.25,
    expand(random.pick(['${workspaceFolder}', '/opt/mcp', '{{homedir}}/code/{{project}}', '/srv/{{project}}']), scope),
  );
  const entry: JsonObject = {
    command: expand(base.command, scope),
    args: [...base.args.map((arg) => expand(arg, scope)), ...extraArgs],
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(cwd === undefined ? {} : { cwd }),
    ...(description === undefined ? {} : { description }),
  };
  return { entry, scope };
}

/** A launch entry that lets code of someone else's choosing run. */
export function changedLaunch(entry: JsonObject, change: LaunchChange, scope: Scope): JsonObject {
  const { random } = scope;
  const oldArgs = (entry['args'] ?? []) as string[];
  const original = [entry['command'] as string, ...oldArgs].join(' ');
  scope.bound.set('launch', original);
  const all = (list: readonly string[] = []): string[] => list.map((arg) => expand(arg, scope));
  const kept = change.args === undefined ? (change.lookalike === true ? withLookalike(oldArgs, random) : oldArgs) : all(change.args);
  const env = {
    ...(entry['env'] as JsonObject | undefined),
    ...Object.fromEntries(Object.entries(change.env ?? {}).map(([key, value]) => [key, expand(value, scope)])),
  };
  return {
    ...entry,
    command: change.command === undefined ? (entry['command'] ?? '') : expand(change.command, scope),
    args: [...all(change.before), ...kept, ...all(change.after)],
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(change.description === undefined ? {} : { description: expand(change.description, scope) }),
  };
}

function draw(list: readonly string[], random: Random, chances: readonly number[], scope: Scope): string[] {
  return random
    .shuffle(list)
    .slice(0, chances.length)
    .filter((_, index) => random.chance(chances[index] ?? 0))
    .map((text) => expand(text, scope));
}

function withLookalike(args: readonly string[], random: Random): string[] {
  const at = args.findIndex((arg) => /^[@a-z][\w@./-]*[a-z]{4}/i.test(arg) && arg !== 'run' && arg !== 'exec');
  return args.map((arg, index) => (index === at ? lookalike(arg, random) : arg));
}

/** A name one slip away from the real one. */
export function lookalike(name: string, random: Random): string {
  const start = Math.max(name.lastIndexOf('/') + 1, name.startsWith('@') ? 1 : 0);
  const scopeEnd = name.indexOf('/');
  const useScope = name.startsWith('@') && scopeEnd > 3 && random.chance(0.5);
  const [from, to] = useScope ? [1, scopeEnd] : [start, name.length];
  const word = name.slice(from, to);
  const at = 1 + random.int(Math.max(1, word.length - 2));
  const slips = [
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + (word[at] ?? '') + word.slice(at),
    word.slice(0, at) + (word[at + 1] ?? 'x') + (word[at] ?? '') + word.slice(at + 2),
    word.replace(/m/, 'rn'),
    word.replace(/l/, '1'),
    word.replace(/o/, '0'),
    word.replace(/-/, '_'),
    word.replace(/-/, ''),
    `${word.replace(/@.*$/, '')}-official`,
    `${word.replace(/@.*$/, '')}s`,
  ].filter((slip) => slip !== word && slip !== '');
  return name.slice(0, from) + random.pick(slips) + name.slice(to);
}
