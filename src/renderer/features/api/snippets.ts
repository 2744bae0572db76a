export const SNIPPET_LANGUAGES = ['python', 'typescript', 'curl', 'validate'] as const;
export type SnippetLanguage = (typeof SNIPPET_LANGUAGES)[number];

export const SNIPPET_NAMES: { readonly [L in SnippetLanguage]: string } = {
  python: 'Python',
  typescript: 'TypeScript',
  curl: 'curl',
  validate: 'openenv validate',
};

/** A client in a few lines, ready to paste. `token` is null where the server asks for none. */
export function snippet(language: SnippetLanguage, address: string, token: string | null): string {
  switch (language) {
    case 'python':
      return python(withUser(address, token));
    case 'typescript':
      return typescript(withPrefix(address, token));
    case 'curl':
      return curl(address, token);
    case 'validate':
      return `pip install openenv\nopenenv validate --url ${withPrefix(address, token)}\n`;
  }
}

/** HTTP Basic: the one form that the official client passes on to its WebSocket. */
function withUser(address: string, token: string | null): string {
  return token === null ? address : address.replace('://', `://client:${encodeURIComponent(token)}@`);
}

function withPrefix(address: string, token: string | null): string {
  return token === null ? address : `${address}/t/${encodeURIComponent(token)}`;
}

function python(base: string): string {
  return `# pip install openenv
from openenv.core.generic_client import GenericEnvClient

with GenericEnvClient(base_url="${base}").sync() as env:
    result = env.reset(seed=7, phase="bootstrapping")
    while not result.done:
        print(result.observation["prompt"])
        result = env.step({"action_type": "SPOTLIGHT", "rationale": "Held until an analyst has looked."})
        print(result.reward, result.metadata["rubric"])
`;
}

function typescript(base: string): string {
  return `const socket = new WebSocket('${base.replace(/^http/, 'ws')}/ws');
const replies: ((frame: any) => void)[] = [];
socket.onmessage = ({ data }) => replies.shift()?.(JSON.parse(data));
const call = (frame: object) =>
  new Promise<any>((resolve) => {
    replies.push(resolve);
    socket.send(JSON.stringify(frame));
  });

await new Promise((resolve) => (socket.onopen = resolve));
let { data } = await call({ type: 'reset', data: { seed: 7 } });
while (!data.done) {
  ({ data } = await call({ type: 'step', data: { action_type: 'SPOTLIGHT', rationale: 'Held for an analyst.' } }));
  console.log(data.reward, data.metadata.rubric);
}
socket.close();
`;
}

function curl(address: string, token: string | null): string {
  const header = token === null ? '' : ` -H 'authorization: Bearer ${token}'`;
  const post = (path: string, body: string): string =>
    `curl -s${header} -H 'content-type: application/json' ${address}${path} \\\n  -d '${body}'`;
  return [
    `curl -s${header} ${address}/info`,
    post('/reset', '{"items":[{"env_id":0,"task_name":"demo"}]}'),
    post('/step', '{"actions":[{"env_id":0,"action_type":"ALLOW"}]}'),
    '',
  ].join('\n');
}
