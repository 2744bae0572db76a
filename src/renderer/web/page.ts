import { fillForm, valuesOf, type ObjectSchema } from './form.ts';

/** The page of `/web/`: the environment by hand, over the same routes that programs use. Everything shown is text. */

interface EpisodeState {
  readonly episode_id: string | null;
  readonly step_count: number;
  readonly current_observation: { readonly prompt?: string } | null;
  readonly action_logs: readonly {
    readonly step_count: number;
    readonly action: { readonly action_type?: string };
    readonly reward: number | null;
    readonly done: boolean;
  }[];
}

const RECONNECT_MS = 2_000;
/** The page stands one level below the server's root, whatever stands in front of it. */
const root = new URL('..', location.href);

function element<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}.`);
  return found;
}

const status = element('status', HTMLParagraphElement);
const raw = element('raw', HTMLPreElement);
const forms = { reset: element('reset', HTMLFormElement), step: element('step', HTMLFormElement) };

/** Shows whatever the server answered. */
async function call(path: string, body?: object): Promise<void> {
  try {
    const response = await fetch(
      new URL(path, root),
      body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    );
    const answer: unknown = await response.json();
    raw.textContent = JSON.stringify(answer, null, 2);
    if (!response.ok) status.textContent = `Refused (${response.status}); the reason stands below.`;
  } catch {
    status.textContent = 'The server does not answer.';
  }
}

function show({ episode_id, step_count, current_observation, action_logs }: EpisodeState): void {
  const last = action_logs.at(-1);
  const outcome = last === undefined ? '' : ` Last reward ${last.reward ?? 'none'}${last.done ? '; the episode is over' : ''}.`;
  status.textContent = episode_id === null ? 'No episode has begun.' : `Episode ${episode_id}, ${step_count} steps.${outcome}`;
  element('prompt', HTMLPreElement).textContent = current_observation?.prompt ?? '';
  const lines = action_logs.map(({ action, reward, done }) => {
    const line = document.createElement('li');
    line.textContent = `${action.action_type ?? ''} → ${reward ?? 'none'}${done ? ', over' : ''}`;
    return line;
  });
  element('log', HTMLOListElement).replaceChildren(...lines);
}

/** Follows every window's resets and steps; comes back after a broken connection. */
function follow(): void {
  const address = new URL('ws/ui', root);
  address.protocol = address.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    show((JSON.parse(data) as { readonly episode_state: EpisodeState }).episode_state);
  });
  socket.addEventListener('close', () => setTimeout(follow, RECONNECT_MS));
}

async function start(): Promise<void> {
  const [schema, metadata] = (await Promise.all(
    ['schema', 'web/metadata'].map(async (path): Promise<unknown> => (await fetch(new URL(path, root))).json()),
  )) as [{ readonly reset: ObjectSchema; readonly action: ObjectSchema }, { readonly description: string }];
  element('description', HTMLParagraphElement).textContent = metadata.description;
  fillForm(forms.reset, schema.reset, 'Reset');
  fillForm(forms.step, schema.action, 'Step');
  forms.reset.addEventListener('submit', (event) => {
    event.preventDefault();
    void call('web/reset', valuesOf(forms.reset));
  });
  forms.step.addEventListener('submit', (event) => {
    event.preventDefault();
    void call('web/step', { action: valuesOf(forms.step) });
  });
  element('state', HTMLButtonElement).addEventListener('click', () => void call('web/state'));
  follow();
}

start().catch(() => (status.textContent = 'The server does not answer.'));
