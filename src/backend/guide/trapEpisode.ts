import { setImmediate } from 'node:timers/promises';
import type { DefenderAction } from '../../contract/episodes.ts';
import type { GuideChangedText, GuideReturn, GuideTrap, GuideTrapInput } from '../../contract/guide.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { ScenarioMessage } from '../../engine/corpus/scenario.ts';
import { currentScenario, startEpisode, step, type Environment } from '../../engine/environment/environment.ts';
import type { EpisodeState } from '../../engine/environment/state.ts';
import { textLeaves } from '../../engine/text/leaves.ts';
import { whereRecovered } from './mutation.ts';
import { observed } from './observed.ts';

/** Episodes that are played at most until an attack comes back; in every phase some one in ten does. */
const MOST_EPISODES = 200;
/** What is shown: returns of one attack, changed strings of a message, characters of a string. */
const MOST_RETURNS = 4;
const MOST_CHANGES = 12;
const MOST_CHARACTERS = 2_000;

/**
 * Plays episodes from a seed on with a defender that lets good traffic pass and stops attacks, until an attack that crossed
 * in plain words comes back disguised; then goes on stopping it for as long as it comes back.
 *
 * @returns null when no attack came back in 200 episodes
 */
export async function playTrap(env: Environment, { phase, seed }: GuideTrapInput): Promise<GuideTrap | null> {
  for (let tried = 0; tried < MOST_EPISODES; tried++) {
    // Other work goes on between two episodes.
    await setImmediate();
    const played = seed + tried;
    const found = playEpisode(env, startEpisode(env, { phase, seed: played >>> 0 }));
    if (found !== null) return { seed: played >>> 0, episodes: tried + 1, ...found };
  }
  return null;
}

function playEpisode(env: Environment, start: EpisodeState): Omit<GuideTrap, 'seed' | 'episodes'> | null {
  let state = start;
  while (state.finished === null) {
    const scenario = currentScenario(env, state);
    const { position } = state;
    const action = fitting(scenario);
    const { state: next, info } = step(env, state, action);
    if (next.retry !== null && state.retry === null && scenario.truth.obfuscation.length === 0) {
      const { message, truth, origin } = scenario;
      return {
        position,
        action: action.action,
        outcome: info.outcome,
        blocked: { message, truth, origin, observed: observed(message) },
        returns: returnsOf(env, next, message),
      };
    }
    state = next;
  }
  return null;
}

/** What came back, in order, until it came back no more or the episode ended. */
function returnsOf(env: Environment, start: EpisodeState, plain: GatewayMessage): readonly GuideReturn[] {
  const returns: GuideReturn[] = [];
  let state = start;
  while (state.finished === null && state.retry !== null && returns.length < MOST_RETURNS) {
    const scenario = currentScenario(env, state);
    const { message, truth } = scenario;
    const action = fitting(scenario);
    const { state: next, info } = step(env, state, action);
    const seen = observed(message);
    const changes = changedTexts(plain, message);
    const words = changes.map(({ before }) => before ?? '').reduce((longest, text) => (text.length > longest.length ? text : longest), '');
    returns.push({
      position: state.position,
      mutators: truth.obfuscation,
      message,
      observed: seen,
      changes,
      recovered: whereRecovered(words, seen),
      action: action.action,
      outcome: info.outcome,
      verdict: info.verdict,
    });
    state = next;
  }
  return returns;
}

/** Stops attacks with the lighter action that is enough: a block leaves the channel of a STDIO escape open. */
function fitting({ truth }: ScenarioMessage): DefenderAction {
  const action = !truth.malicious ? 'ALLOW' : truth.stdioEscape ? 'REVOKE_STDIO' : 'BLOCK';
  return { action, rationale: 'Decided knowing the truth, to show what the adversary answers.' };
}

/** The strings in which two messages differ, without what both begin and end with. */
function changedTexts(plain: GatewayMessage, returned: GatewayMessage): readonly GuideChangedText[] {
  const [before, after] = [stringsOf(plain), stringsOf(returned)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((pointer) => before.get(pointer) !== after.get(pointer))
    .slice(0, MOST_CHANGES)
    .map((pointer) => changed(pointer, before.get(pointer) ?? null, after.get(pointer) ?? null));
}

function stringsOf({ message }: GatewayMessage): ReadonlyMap<string, string> {
  const leaves = (['params', 'result'] as const).flatMap((part) => textLeaves(message[part], `/${part}`).leaves);
  return new Map(leaves.filter(({ isKey }) => !isKey).map(({ pointer, text }) => [pointer, text]));
}

function changed(pointer: string, before: string | null, after: string | null): GuideChangedText {
  const cut = (text: string | null): string | null => text?.slice(0, MOST_CHARACTERS) ?? null;
  if (before === null || after === null) return { pointer, before: cut(before), after: cut(after) };
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { pointer, before: cut(before.slice(head, before.length - tail)), after: cut(after.slice(head, after.length - tail)) };
}
