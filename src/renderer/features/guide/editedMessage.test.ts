import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GroundTruth } from '../../../contract/episodes.ts';
import type { GatewayMessage } from '../../../contract/messages.ts';
import { bringBack, editedMessage, editScenario, parseText } from './editedMessage.ts';

const truth: GroundTruth = { malicious: true, vector: 'exfiltration', obfuscation: [], stdioEscape: false, needs: [], fitting: 'BLOCK' };
const message: GatewayMessage = { kind: 'call', message: { jsonrpc: '2.0' }, context: { transport: 'stdio', server: 'mail' } };

beforeEach(() => editedMessage.setState(editedMessage.getInitialState(), true));

describe('the edited message', () => {
  test('what an example replaces can be brought back, and again', () => {
    editScenario({ message, truth });
    expect(editedMessage.getState().previous).toBeNull();
    editedMessage.setState({ text: 'not JSON {' });
    editScenario({ message, truth: { ...truth, malicious: false } });
    expect(editedMessage.getState()).toMatchObject({ truth: { malicious: false }, previous: { text: 'not JSON {' } });
    bringBack();
    expect(editedMessage.getState()).toMatchObject({ text: 'not JSON {', truth: { malicious: true } });
    bringBack();
    expect(editedMessage.getState()).toMatchObject({ text: JSON.stringify(message, null, 2), truth: { malicious: false } });
  });

  test('JSON is read, anything else says what is wrong', () => {
    expect(parseText('{"kind": "call"}')).toEqual({ value: { kind: 'call' }, problem: null });
    expect(parseText('  ').problem).toContain('empty');
    expect(parseText('{"kind": }').problem).toContain('not valid JSON');
    fc.assert(fc.property(fc.json(), (text) => parseText(text).problem === null));
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseText(text);
      }),
    );
  });
});
