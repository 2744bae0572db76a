import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { temporaryFolder, type Folder } from '../../datasets/testing/records.ts';
import type { EvaluationReport } from '../../../contract/evaluationReport.ts';
import { buildReport } from '../report.ts';
import { benignFacts, maliciousFacts, outcome } from '../testing/outcomes.ts';
import { writeReport } from '../writeReport.ts';
import { majorityRun } from '../baselines/predictors.ts';
import { markdownReport } from './markdown.ts';
import { escapeXml, reliabilitySvg } from './reliabilitySvg.ts';
import { textReport } from './text.ts';

const HOSTILE = '"><script>alert(1)</script>|`x` [link](http://evil.test) www.evil.test me@evil.test \u202eevil\u001b[2J\u200b';

function report(name = 'dev.jsonl', probabilities = true): EvaluationReport {
  const blind = probabilities ? {} : { probabilities: null };
  const outcomes = [
    outcome(benignFacts(), 'ALLOW', blind),
    outcome(benignFacts({ id: HOSTILE, vector: HOSTILE, source: HOSTILE }), 'REVOKE_STDIO', blind),
    outcome(maliciousFacts(), 'SPOTLIGHT', blind),
    outcome(maliciousFacts({ id: 'missed' }), 'ALLOW', blind),
  ];
  const info = { name: 'nano-test', kind: 'model' as const, note: 'A model.' };
  return buildReport({ name, sha256: 'ab'.repeat(32) }, 'balanced', { info, outcomes }, [majorityRun(outcomes)]);
}

let folder: Folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

describe('textReport', () => {
  it('shows the headline with intervals, aligned', () => {
    const text = textReport(report());
    expect(text).toMatch(/nano-test +50\.0% \[9\.5, 90\.5\] +50\.0% \[9\.5, 90\.5\]/);
    expect(text).toMatch(/Suite dev\.jsonl: 4 messages, 2 malicious, 2 benign/);
    expect(text).toContain('Always ALLOW, which fits most messages of this suite.');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('sends nothing to the terminal that could move its cursor or hide text', () => {
    const text = textReport(report(HOSTILE));
    expect(/[\p{Cf}]|[^\P{Cc}\n]/u.test(text)).toBe(false);
    expect(text).toContain('\\u{202e}');
  });
});

describe('drift of changed definitions', () => {
  const rate = { successes: 1, trials: 2, rate: 0.5, low: 0.1, high: 0.9 };
  const system = {
    name: HOSTILE,
    note: HOSTILE,
    auroc: 0.987,
    distanceAuroc: null,
    recallAtFpr: [{ limit: 0.05, point: { threshold: 0.4, recall: 0.9, falsePositiveRate: 0.04 } }],
    threshold: 0.36,
    recall: rate,
    falsePositiveRate: null,
    roc: [],
  };

  it('is a section of its own, where there was any', () => {
    expect(textReport(report())).not.toContain('changed definitions');
    const text = textReport({
      ...report(),
      drift: { benign: 3, malicious: 2, systems: [{ ...system, name: 'nano-embedder', note: 'x' }] },
    });
    expect(text).toContain('2 harmful redefinitions, 3 legitimate edits');
    expect(text).toMatch(/nano-embedder +0\.987 +– +90\.0% +0\.360 +50\.0% \[10\.0, 90\.0\] +–/);
    const markdown = markdownReport({ ...report(), drift: { benign: 3, malicious: 2, systems: [system] } }, 'x.svg');
    expect(markdown).not.toContain('<script>');
  });
});

describe('markdownReport', () => {
  it('keeps hostile names as words', () => {
    const markdown = markdownReport(report(HOSTILE), 'reliability.svg');
    expect(markdown).not.toContain('<script>');
    expect(markdown).not.toMatch(/(?<!\\)\[link/);
    for (const live of ['http://', 'www.evil', 'me@evil']) expect(markdown).not.toContain(live);
    expect(markdown).toContain('![Reliability diagram](reliability.svg)');
  });

  it('gives every row of a table as many cells as its head', () => {
    const lines = markdownReport(report(HOSTILE), 'x.svg').split('\n');
    lines.forEach((line, index) => {
      if (!line.startsWith('|') || !(lines[index - 1] ?? '').startsWith('|')) return;
      const cells = (row: string): number => row.match(/(?<!\\)\|/g)?.length ?? 0;
      expect(cells(line)).toBe(cells(lines[index - 1] as string));
    });
  });
});

describe('reliabilitySvg', () => {
  it('is self-contained, well-formed text', () => {
    const svg = reliabilitySvg(report(HOSTILE));
    expect(svg).not.toMatch(/<script|<style|href|url\(|<image|on\w+=/i);
    expect(svg.match(/<circle /g)?.length).toBeGreaterThan(1);
    const stack: string[] = [];
    for (const [, close, name, self] of svg.replace(/^<\?xml.*\?>/, '').matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
      if (close === '/') expect(stack.pop()).toBe(name);
      else if (self !== '/') stack.push(name as string);
    }
    expect(stack).toEqual([]);
    expect(svg).not.toContain('NaN');
  });

  it('says so when there are no probabilities', () => {
    expect(reliabilitySvg(report('x', false))).toContain('gives no probabilities');
  });

  it('escapes everything XML reserves or forbids', () => {
    expect(escapeXml(`<a b="c">&'\u0000\ud800`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&apos;\\u{0}\\u{d800}');
  });
});

describe('writeReport', () => {
  it('writes three files, the JSON readable again', async () => {
    const directory = `${folder.path}/made/here`;
    const made = report();
    expect(await writeReport(directory, made)).toHaveLength(3);
    expect(JSON.parse(await readFile(`${directory}/report.json`, 'utf8'))).toEqual(made);
    expect(await readFile(`${directory}/reliability.svg`, 'utf8')).toContain('</svg>');
  });
});
