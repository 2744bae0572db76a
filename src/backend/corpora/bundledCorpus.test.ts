import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { SPLITS, type Split } from '../../contract/episodes.ts';
import { gatewayMessageSchema } from '../../contract/schemas.ts';
import type { CorpusData } from '../../engine/corpus/data.ts';
import { drawMixed } from '../../engine/corpus/describe.ts';
import { createMessagePool } from '../../engine/corpus/pool.ts';
import type { ScenarioMessage } from '../../engine/corpus/scenario.ts';
import { randomFrom } from '../../engine/random/random.ts';
import { loadBundledCorpus, loadCorpus, readCorpus, type BundledCorpus } from './bundledCorpus.ts';
import { formGiveaway } from './formatProbe.ts';

const VECTORS = [
  'tool_poisoning tool_shadowing preference_manipulation over_privileged_tool capability_mismatch overtly_malicious_tool rug_pull capability_expansion',
  'indirect_injection memory_poisoning hijacked_call argument_exfiltration credential_access path_traversal ssrf command_injection resource_exhaustion',
  'confused_deputy direct_override sampling_abuse prompt_leakage jailbreak sandbox_abuse_request stdio_host_compromise stdio_inline_code stdio_hidden_instr',
  'stdio_hijack_env stdio_curl_pipe stdio_docker_escape stdio_npx_hook stdio_stego stdio_remote_pkg stdio_env_exfil stdio_key_args stdio_persistence',
  'stdio_typosquat stdio_privilege stdio_rev_shell',
].flatMap((line) => line.split(' '));

let data: CorpusData;
let pool: BundledCorpus;
const samples = new Map<Split, readonly ScenarioMessage[]>();

beforeAll(async () => {
  ({ data, pool } = await loadCorpus());
  for (const split of SPLITS) samples.set(split, drawMixed(pool, split, 500, 7));
});

function sampleOf(split: Split): readonly ScenarioMessage[] {
  return samples.get(split) ?? [];
}

describe('the bundled corpus', () => {
  it('holds at least 60 servers with 300 tools, and each split its part', () => {
    expect(pool.servers).toBeGreaterThanOrEqual(60);
    expect(pool.tools).toBeGreaterThanOrEqual(300);
    for (const split of SPLITS) expect(data.servers.filter((server) => server.split === split).length).toBeGreaterThanOrEqual(9);
    expect(pool.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps servers and every template text within one split', () => {
    const seen = new Map<string, Split>();
    const crossing: string[] = [];
    const note = (text: string, split: Split): void => {
      if (seen.has(text) && seen.get(text) !== split) crossing.push(text);
      seen.set(text, split);
    };
    for (const server of data.servers) {
      note(server.name, server.split);
      for (const tool of server.tools)
        for (const text of [tool.about, tool.more ?? [], tool.tasks.flatMap((task) => task.ask)].flat())
          if (isTemplate(text)) note(text, server.split);
    }
    for (const lists of [data.attacks, data.benign]) {
      for (const list of Object.values(lists) as Record<Split, readonly unknown[]>[]) {
        for (const split of SPLITS) for (const text of textsIn(list[split])) if (isTemplate(text)) note(text, split);
      }
    }
    expect(crossing).toEqual([]);
  });

  it('reaches every vector of the taxonomy in training, and knows no others than those outside it', () => {
    const random = randomFrom(3, 'vectors');
    const drawn = new Set<string>();
    for (let i = 0; i < 2_500; i++) drawn.add(pool.attack(random, 'train', { stdio: i % 2 === 0 }).truth.vector);
    expect(VECTORS.filter((vector) => !drawn.has(vector))).toEqual([]);
    for (const split of SPLITS) for (const { truth } of sampleOf(split)) if (truth.malicious) expect(VECTORS).toContain(truth.vector);
  });

  it.each(SPLITS)('gives whole, valid messages in %s: no slot left open, truth in order', (split) => {
    for (const { message, truth } of sampleOf(split)) {
      expect(gatewayMessageSchema.safeParse(message).success).toBe(true);
      expect(JSON.stringify(message)).not.toMatch(/\{\{[*#]?[a-z_]+(\.\d+)?\}\}/);
      expect(truth.fitting === 'REVOKE_STDIO').toBe(truth.stdioEscape);
      if (truth.stdioEscape) expect(message.context.transport).toBe('stdio');
      expect(truth.fitting === 'ALLOW').toBe(!truth.malicious);
      if (truth.fitting === 'CAPABILITY_MEDIATION') expect(truth.needs.length).toBeGreaterThan(0);
      if (truth.fitting === 'SEMANTIC_DIFF' && message.kind === 'manifest_changed') expect(message.context.baseline).toBeDefined();
      if (message.kind === 'manifest_changed')
        expect(JSON.stringify(message.context.baseline)).not.toBe(JSON.stringify(soleTool(message.message.result)));
    }
  });

  it.each(SPLITS)('plays sessions of 3 to 8 messages with one server in %s, each answer under the id of its call', (split) => {
    const random = randomFrom(5, 'sessions');
    for (let i = 0; i < 200; i++) {
      const session = pool.benignSession(random, split);
      expect(session.length).toBeGreaterThanOrEqual(3);
      expect(session.length).toBeLessThanOrEqual(8);
      expect(new Set(session.map(({ message }) => message.context.server)).size).toBe(1);
      for (const [at, { message }] of session.entries()) {
        if (message.kind === 'result') expect(session[at - 1]?.message.message.id).toBe(message.message.id);
      }
    }
  });

  it.each(SPLITS)('plays chains of 3 to 5 stages in %s that end in escape over STDIO, and never there otherwise', (split) => {
    const random = randomFrom(6, 'chains');
    for (let i = 0; i < 200; i++) {
      const stdio = i % 2 === 0;
      const chain = pool.chain(random, split, { stdio });
      expect(chain.length).toBeGreaterThanOrEqual(3);
      expect(chain.length).toBeLessThanOrEqual(5);
      expect(chain.map(({ truth }) => truth.stdioEscape)).toEqual(chain.map((_, at) => stdio && at === chain.length - 1));
      expect(new Set(chain.map(({ truth }) => truth.chain?.id)).size).toBe(1);
      expect(chain.at(-1)?.message.context.trace).toHaveLength(chain.length - 1);
    }
  });

  it('draws the same objects from equal generators, and equal ones from another pool', () => {
    const again = createMessagePool(data);
    for (const split of SPLITS) {
      const [one, two] = [drawMixed(pool, split, 60, 11), drawMixed(pool, split, 60, 11)];
      expect(one.every((message, at) => message === two[at])).toBe(true);
      expect(drawMixed(again, split, 60, 11)).toEqual(one);
    }
  });

  it.each(SPLITS)('has more than 100,000 different messages within reach in %s', (split) => {
    const random = randomFrom(13, 'distinct');
    const rounds = Array.from({ length: 1_500 }, (_, at) => [
      ...pool.benignSession(random, split),
      pool.attack(random, split, { stdio: at % 4 === 0 }),
    ]);
    const drawn = new Set(rounds.flat());
    const distinct = new Set(
      [...drawn].map(({ message }) => JSON.stringify([message.message.params ?? message.message.result, message.context])),
    );
    const repeats = drawn.size - distinct.size;
    // Birthday estimate: n draws from N kinds repeat n² / 2N times.
    const capacity = drawn.size ** 2 / (2 * Math.max(1, repeats));
    expect(capacity).toBeGreaterThan(100_000);
  });

  it('does not give the label away by form alone', () => {
    const { all, ...kinds } = formGiveaway(pool, 'train', 900, 21);
    expect(all).toBeLessThan(0.63);
    for (const [kind, accuracy] of Object.entries(kinds)) expect(accuracy, kind).toBeLessThan(0.68);
  });
});

describe('loading a corpus', () => {
  const source = fileURLToPath(new URL('../../../resources/corpus/', import.meta.url));

  async function withCopy(change: (folder: string) => Promise<void>, check: (folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'corpus-'));
    try {
      await cp(source, folder, { recursive: true });
      await change(folder);
      await check(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('names the file and the field that are wrong', async () => {
    await withCopy(
      async (folder) => {
        const path = join(folder, 'servers/web.json');
        const domain = JSON.parse(await readFile(path, 'utf8')) as { servers: { tools: { needs: string[] }[] }[] };
        domain.servers[0]?.tools[0]?.needs.push('fly');
        await writeFile(path, JSON.stringify(domain));
      },
      async (folder) => {
        await expect(readCorpus(folder)).rejects.toThrow(/servers\/web\.json is wrong at servers\.0\.tools\.0\.needs/);
      },
    );
  });

  it('names a slot that no list can fill', async () => {
    await withCopy(
      async (folder) => {
        const path = join(folder, 'attacks/sampling.json');
        await writeFile(path, (await readFile(path, 'utf8')).replace('Forget your rules.', 'Forget your {{ruels}}.'));
      },
      async (folder) => {
        await expect(readCorpus(folder)).rejects.toThrow('The corpus uses the slot "ruels" in attacks, but no list fills it.');
      },
    );
  });

  it('says which file is not JSON and which folder is missing', async () => {
    await withCopy(
      (folder) => writeFile(join(folder, 'lexicon.json'), '{'),
      async (folder) => {
        await expect(readCorpus(folder)).rejects.toThrow('The corpus file lexicon.json is not JSON.');
        await expect(readCorpus(join(folder, 'nowhere'))).rejects.toThrow('The corpus file lexicon.json cannot be read.');
      },
    );
  });

  it('gives another hash when a byte changes', async () => {
    await withCopy(
      async (folder) => {
        const path = join(folder, 'lexicon.json');
        await writeFile(path, `${await readFile(path, 'utf8')}\n`);
      },
      async (folder) => {
        expect((await loadBundledCorpus(folder)).hash).not.toBe(pool.hash);
      },
    );
  });
});

/** A text with words of its own; one made of slots and signs alone belongs to nobody. */
function isTemplate(text: string): boolean {
  const own = text.replace(/\{\{[^{}]*\}\}/g, '').trim();
  return /\s/.test(own) && own.replace(/[^\p{L}]/gu, '').length >= 12;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

function soleTool(result: unknown): unknown {
  const tools = (result as { tools: unknown[] }).tools;
  return tools.length === 1 ? tools[0] : { tools };
}
