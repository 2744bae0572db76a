import type { Hint } from '../../contract/observation.ts';
import type { LaunchEntry } from './messageParts.ts';

const INTERPRETERS = /^(?:.*[\\/])?(?:ba|z|da|k|fi)?sh$|^(?:.*[\\/])?(?:cmd|powershell|pwsh)(?:\.exe)?$/i;
const RUNTIMES = /^(?:.*[\\/])?(?:node|python[0-9.]*|ruby|perl|php|deno|bun|osascript)(?:\.exe)?$/i;
const PACKAGE_RUNNERS = /^(?:.*[\\/])?(?:npx|uvx|bunx|pipx|pnpx|pnpm|yarn|npm|uv|bun|deno)(?:\.cmd|\.exe)?$/i;
const INLINE_FLAGS = /^(?:-c|-lc|-ic|-e|--eval|-r|\/c|\/k|-enc|-encodedcommand|-command|-ec)$/i;
/** Variables that make a runtime load code or trust another server. */
const LOADER_VARIABLES =
  /^(?:LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_\w+|PYTHONSTARTUP|PYTHONPATH|PERL5OPT|RUBYOPT|BASH_ENV|ENV|PROMPT_COMMAND|NODE_PATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|NPM_CONFIG_REGISTRY|PIP_INDEX_URL|UV_INDEX_URL|PATH|EDITOR|PAGER)$/i;
const TRUST_VARIABLES =
  /^(?:NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|HTTPS?_PROXY|ALL_PROXY|NODE_EXTRA_CA_CERTS|GIT_SSL_NO_VERIFY|CURL_CA_BUNDLE)$/i;
const SENDING_VARIABLE =
  /export|mirror|exfil|beacon|webhook|callback|upload|dump|collect|shadow|telemetry_url|include_secrets|skip_policy|disable_(?:auth|audit|sandbox)|no_sandbox/i;
const URL = /^(?:git\+)?(?:https?|ssh|git):\/\/|^git\+|\.tgz(?:$|[?#])|^github:/i;
const HOST_MOUNT = /^(?:\/|\/(?:etc|root|home|proc|sys|boot|var\/run|run|dev|users)(?:\/[^:]*)?|~[^:]*|\$\{?home\}?[^:]*|[a-z]:\\[^:]*)?:/i;
const DOCKER_POWER =
  /^--(?:privileged|cap-add(?:=.*)?|pid=host|ipc=host|userns=host|uts=host|device(?:=.*)?)$|^--security-opt=.*unconfined|unconfined$/i;
const SENDING_FLAG =
  /^--?(?:\w+-)*(?:exfil|collect|sync-to|mirror|upload|beacon|hook|after-setup|post-install|preinstall|ssh-key|send-to|callback|forward|dump)\b/i;

/** Well-known launch packages; a near miss of one of them is a property worth seeing. */
const KNOWN_PACKAGES = [
  '@modelcontextprotocol/server-filesystem',
  '@modelcontextprotocol/server-github',
  '@modelcontextprotocol/server-postgres',
  '@modelcontextprotocol/server-memory',
  '@modelcontextprotocol/server-puppeteer',
  '@modelcontextprotocol/server-everything',
  '@modelcontextprotocol/server-slack',
  '@modelcontextprotocol/server-sequential-thinking',
  '@modelcontextprotocol/server-brave-search',
  '@modelcontextprotocol/server-gdrive',
  '@playwright/mcp',
  '@notionhq/notion-mcp-server',
  '@upstash/context7-mcp',
  '@stripe/mcp',
  '@sentry/mcp-server',
  '@supabase/mcp-server-supabase',
  '@antv/mcp-server-chart',
  'chrome-devtools-mcp',
  'mcp-server-git',
  'mcp-server-fetch',
  'mcp-server-time',
  'mcp-server-sqlite',
  'mcp-remote',
  'firecrawl-mcp',
  'figma-developer-mcp',
  'redis-mcp-server',
  'awslabs.aws-documentation-mcp-server',
];

const KNOWN_LETTERS = KNOWN_PACKAGES.map(lettersOf);

/** Observable properties of one launch entry. */
export function launchHints(entry: LaunchEntry, base: string): Hint[] {
  const hints: Hint[] = [];
  const add = (code: string, text: string, pointer = base): void => {
    hints.push({ code, text, pointer });
  };
  const { command, args } = entry;
  const bare = command.toLowerCase();
  if (INTERPRETERS.test(command)) add('shell_launch', 'started through a shell', `${base}/command`);
  if (/(?:^|[\\/])(?:sudo|doas|su|pkexec|runas)(?:\.exe)?$/.test(bare))
    add('privileged_launch', 'started with raised privileges', `${base}/command`);
  if (/(?:^|[\\/])(?:nc|ncat|netcat|socat|curl|wget|telnet|ssh)(?:\.exe)?$/.test(bare))
    add('network_tool_launch', 'network program as server', `${base}/command`);
  if (/\s/.test(command.trim()) && /[|;&]|\s-/.test(command))
    add('command_with_arguments', 'whole command line in the command field', `${base}/command`);
  if (/^(?:\/tmp|\/dev\/shm|\/var\/tmp|.*[\\/]temp[\\/])|(?:^|\/)\.[\w-]+$/.test(bare))
    add('temp_program', 'program in a temporary or hidden place', `${base}/command`);
  const inline = args.findIndex((arg) => INLINE_FLAGS.test(arg));
  if (inline >= 0 && (INTERPRETERS.test(command) || RUNTIMES.test(command)))
    add('inline_code', 'code given on the command line', `${base}/args/${inline}`);
  if (/docker|podman/.test(bare)) dockerHints(args, base, add);
  else if (PACKAGE_RUNNERS.test(command) || INTERPRETERS.test(command)) packageHints(args, base, add);
  args.forEach((arg, i) => {
    if (SENDING_FLAG.test(arg)) add('sending_flag', 'flag that names sending, hooks or keys', `${base}/args/${i}`);
    if (/^(?:&&|\|\||[|;&])$/.test(arg)) add('shell_operator_argument', 'shell operator among the arguments', `${base}/args/${i}`);
    if (/^-A$|^--allow-(?:all|run)$|--no-sandbox|--unsafe|--dangerously/.test(arg))
      add('broad_permission_flag', 'flag that lifts restrictions', `${base}/args/${i}`);
  });
  for (const [name, value] of entry.env) environmentHints(name, value, `${base}/env/${name.slice(0, 64)}`, add);
  return hints;
}

type Add = (code: string, text: string, pointer?: string) => void;

function dockerHints(args: readonly string[], base: string, add: Add): void {
  args.forEach((arg, i) => {
    const previous = args[i - 1] ?? '';
    const pointer = `${base}/args/${i}`;
    if (DOCKER_POWER.test(arg)) add('docker_privileged', 'container with host privileges', pointer);
    if (/^--net(?:work)?=host$/.test(arg) || (/^--net(?:work)?$/.test(previous) && arg === 'host'))
      add('docker_host_network', 'container on the host network', pointer);
    const mount = /^(?:-v|--volume)$/.test(previous) ? arg : /^(?:--volume=|-v=)/.test(arg) ? arg.slice(arg.indexOf('=') + 1) : '';
    const source = /(?:^|,)(?:source|src)=([^,]*)/.exec(arg)?.[1];
    if (/docker\.sock/.test(arg)) add('docker_socket', 'container engine socket mounted', pointer);
    else if ((mount !== '' && HOST_MOUNT.test(mount) && mount.includes(':')) || (source !== undefined && HOST_MOUNT.test(`${source}:`)))
      add('docker_host_mount', 'host directory mounted', pointer);
  });
}

function packageHints(args: readonly string[], base: string, add: Add): void {
  const index = args.findIndex((arg) => !arg.startsWith('-') && !/^(?:run|exec|dlx|tool|x)$/.test(arg));
  const target = args[index];
  if (target === undefined) return;
  const pointer = `${base}/args/${index}`;
  if (URL.test(target)) add('package_url', 'package taken from a URL', pointer);
  else if (/@\d|==/.test(target)) add('pinned_package', 'package with a pinned version', pointer);
  else add('unpinned_package', 'package without a pinned version', pointer);
  const name = target.replace(/(?<=.)@[^/]*$/, '').toLowerCase();
  if (KNOWN_PACKAGES.includes(name)) return;
  const letters = lettersOf(name);
  const near = KNOWN_PACKAGES.find((_, i) => isNear(letters, KNOWN_LETTERS[i] as string));
  if (near !== undefined) add('package_name_near_known', `package name close to ${near}`, pointer);
}

function environmentHints(name: string, value: string, pointer: string, add: Add): void {
  const harmless = value === '' || /^\$\{[^}]*\}$/.test(value) || (name === 'NODE_OPTIONS' && /^--max-old-space-size=\d+$/.test(value));
  if (name.toUpperCase() === 'PATH' && !/\/tmp|\/\.|^\.|:\.|temp|\/home\/|~/.test(value)) return;
  if (
    LOADER_VARIABLES.test(name) ||
    (name === 'NODE_OPTIONS' && /--(?:require|import|loader|experimental-loader|inspect)|-r /.test(value))
  ) {
    if (!harmless) add('env_injection', 'environment variable that loads code', pointer);
  } else if (TRUST_VARIABLES.test(name) && !harmless)
    add('env_trust', 'environment variable that redirects or unverifies traffic', pointer);
  if (SENDING_VARIABLE.test(name)) add('env_sending', 'environment variable named for sending data or lifting policy', pointer);
  if (!harmless && /^https?:\/\//.test(value)) add('env_url', 'URL in the environment', pointer);
  if (value.length > 160) add('env_long_value', 'long environment value', pointer);
}

/** A package name without separators and the mark of its scope. */
function lettersOf(name: string): string {
  return name.replace(/[@/._-]/g, '');
}

/** True when the letters of two package names differ by at most two edits. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 2) return false;
  return a.length >= 8 && editDistance(a, b) <= 2;
}

/** Levenshtein distance, cut off at 3; both texts are package names of bounded length. */
function editDistance(a: string, b: string): number {
  if (a.length > 80 || b.length > 80) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const edits = Math.min((next[j - 1] as number) + 1, (row[j] as number) + 1, (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1));
      next.push(edits);
      least = Math.min(least, edits);
    }
    // A row never holds less than the one before it.
    if (least > 2) return 3;
    row = next;
  }
  return row[b.length] as number;
}
