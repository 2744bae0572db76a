import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Capability } from '../../../contract/actions.ts';
import type { ControlReference } from '../../../contract/corpora.ts';
import type { CorpusItem } from './adapters/item.ts';

/** Families of NIST SP 800-53, for controls whose own title a passage does not give. */
const FAMILIES: { readonly [family: string]: string } = {
  AC: 'Access Control',
  AT: 'Awareness and Training',
  AU: 'Audit and Accountability',
  CA: 'Assessment, Authorization, and Monitoring',
  CM: 'Configuration Management',
  CP: 'Contingency Planning',
  IA: 'Identification and Authentication',
  IR: 'Incident Response',
  MA: 'Maintenance',
  MP: 'Media Protection',
  PE: 'Physical and Environmental Protection',
  PL: 'Planning',
  PM: 'Program Management',
  PS: 'Personnel Security',
  PT: 'PII Processing and Transparency',
  RA: 'Risk Assessment',
  SA: 'System and Services Acquisition',
  SC: 'System and Communications Protection',
  SI: 'System and Information Integrity',
  SR: 'Supply Chain Risk Management',
};

/** Standards speak of what a message does in words of their own. */
const CAPABILITY_WORDS: { readonly [C in Capability]: string } = {
  'fs.read': 'access to files and information',
  'fs.write': 'modification of files, integrity of information',
  'fs.outside_root': 'least privilege, access enforcement, files beyond the assigned tasks',
  'fs.delete': 'deletion of information, backup',
  'secrets.read': 'disclosure of authenticators, passwords, keys and secrets',
  'net.egress': 'communications with external networks, boundary protection, exfiltration',
  'net.internal': 'communications with internal components, information flow, boundary',
  'process.exec': 'execution of programs and commands, least functionality, malicious code',
  'message.send': 'transmission of information to external recipients',
  payment: 'separation of duties, authorization of transactions',
  'identity.admin': 'account management, privileged roles and authorizations',
  'context.write': 'integrity of stored information, input validation',
  budget: 'denial of service protection, resource availability',
};

const CONTROL = new RegExp(`\\b(?:${Object.keys(FAMILIES).join('|')})-[1-9]\\d?(?:\\([1-9]\\d?\\))?`, 'g');
const EXCERPT_CHARACTERS = 280;
const MOST_TERMS = 120;

/** Parameters of Okapi BM25 at their usual values. */
const [K1, B] = [1.2, 0.75];

interface Passage {
  readonly control: string;
  readonly title: string;
  readonly publication: string;
  readonly text: string;
  readonly length: number;
}

/**
 * Finds controls whose text speaks of what a message does. It retrieves, it does not judge: nothing found here enters an
 * observation, a label or a decision.
 */
export class ControlIndex {
  private readonly passages: Passage[] = [];
  private readonly postings = new Map<string, Map<number, number>>();
  private totalLength = 0;

  get size(): number {
    return this.passages.length;
  }

  /** Indexes the items that name a control; gives the event loop its turn now and then. */
  static async build(items: AsyncIterable<CorpusItem>, mostPassages = 4_000): Promise<ControlIndex> {
    const index = new ControlIndex();
    let since = performance.now();
    for await (const item of items) {
      index.add(item);
      if (index.size >= mostPassages) break;
      if (performance.now() - since < 8) continue;
      await nextTurn();
      since = performance.now();
    }
    return index;
  }

  private add({ text, publication }: CorpusItem): void {
    const control = leadingControl(text);
    if (control === null) return;
    const terms = termsOf(text);
    const at = this.passages.length;
    this.passages.push({ control, title: titleOf(control, text), publication, text, length: terms.length });
    this.totalLength += terms.length;
    for (const term of terms) {
      const known = this.postings.get(term) ?? new Map<number, number>();
      known.set(at, (known.get(at) ?? 0) + 1);
      this.postings.set(term, known);
    }
  }

  /**
   * The controls that fit best, each with the passage that fits best, most relevant first.
   * @param text words about the message, such as hints and evidence
   */
  search(text: string, capabilities: readonly Capability[], most = 3): readonly ControlReference[] {
    const query = new Set(termsOf([text, ...capabilities.map((capability) => CAPABILITY_WORDS[capability])].join(' ')).slice(-MOST_TERMS));
    const scores = new Map<number, number>();
    const meanLength = this.totalLength / Math.max(1, this.passages.length);
    for (const term of query) {
      const found = this.postings.get(term);
      if (found === undefined) continue;
      const rarity = Math.log(1 + (this.passages.length - found.size + 0.5) / (found.size + 0.5));
      for (const [at, count] of found) {
        const length = this.passages[at]?.length ?? meanLength;
        const gain = (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / meanLength));
        scores.set(at, (scores.get(at) ?? 0) + gain);
      }
    }
    const best = new Map<string, ControlReference>();
    for (const [at, score] of [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0])) {
      const passage = this.passages[at];
      if (passage === undefined || best.has(passage.control)) continue;
      best.set(passage.control, {
        control: passage.control,
        title: passage.title,
        publication: passage.publication,
        excerpt: excerptOf(passage.text, query),
        score,
      });
      if (best.size >= most) break;
    }
    return [...best.values()];
  }
}

/** The control that a passage is about: the one in its first words, else the one it names most. */
function leadingControl(text: string): string | null {
  const named = [...text.matchAll(CONTROL)];
  const [first] = named;
  if (first === undefined) return null;
  if (first.index < 40) return first[0];
  const counts = new Map<string, number>();
  for (const [control] of named) counts.set(control, (counts.get(control) ?? 0) + 1);
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most))[0];
}

/** The title in capitals that follows a control's number in the catalogue, else the name of its family. */
function titleOf(control: string, text: string): string {
  const after = text.slice(text.indexOf(control) + control.length);
  const capitals = /^[\s:.|–-]*([A-Z][A-Z ,&/-]{3,70}[A-Z])\b/.exec(after)?.[1];
  if (capitals === undefined) return FAMILIES[control.slice(0, 2)] ?? '';
  return capitals.toLowerCase().replace(/(?<![a-z])(?!and\b|of\b|for\b|the\b|or\b|to\b)[a-z]/g, (letter) => letter.toUpperCase());
}

/** The sentence that shares most terms with the query, cut to what a card holds. */
function excerptOf(text: string, query: ReadonlySet<string>): string {
  const sentences = text.split(/(?<=[.!?:;])\s+/);
  const scored = sentences.map((sentence) => ({ sentence, hits: new Set(termsOf(sentence).filter((term) => query.has(term))).size }));
  const { sentence } = scored.reduce((most, next) => (next.hits > most.hits ? next : most), scored[0] ?? { sentence: text, hits: 0 });
  return sentence.length <= EXCERPT_CHARACTERS ? sentence : `${sentence.slice(0, EXCERPT_CHARACTERS - 1).trimEnd()}…`;
}

const STOP_WORDS = new Set(
  'the and for that with are this from which into such their other than they have been will when where must may can not its any all each'.split(
    ' ',
  ),
);

/** Lower-case words of three letters and more, without the commonest, their plural ending taken off. */
function termsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z]{3,}/g) ?? [])
    .filter((word) => !STOP_WORDS.has(word))
    .map((word) => (word.length > 4 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word));
}
