import { useEffect, useId, useState } from 'react';
import type { ServerMode, TryRequest, TryResponse } from '../../../contract/environmentServer.ts';
import { count, milliseconds } from '../../lib/format.ts';
import { describeError } from '../../platform/describeError.ts';
import type { BackendClient } from '../../platform/platform.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { JsonText, JsonView } from '../../widgets/JsonView.tsx';
import { readOperations, type Operation } from './operations.ts';
import styles from './TryIt.module.css';

/** Decisions of a model that is not loaded yet may take a while. */
const TRY_TIMEOUT_MS = 60_000;

type Operations =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly list: readonly Operation[] }
  | { readonly state: 'failed'; readonly message: string };

/** Each endpoint with an example that works, carried out by the server's own routes. */
export function TryIt({ on, mode }: { readonly on: boolean; readonly mode: ServerMode }) {
  const operations = useOperations(on, mode);
  if (!on) return <Empty title="Nothing to try yet">Switch the environment server on to try its endpoints.</Empty>;
  if (operations.state === 'loading') return <Empty title="Reading the list of endpoints…" />;
  if (operations.state === 'failed') return <Notice tone="problem" title={operations.message} />;
  return <Console key={mode} operations={operations.list} />;
}

/** Asked for again whenever the server comes on or changes its mode, since production offers less. */
function useOperations(on: boolean, mode: ServerMode): Operations {
  const { client } = usePlatform();
  const [operations, setOperations] = useState<Operations>({ state: 'loading' });
  useEffect(() => {
    if (!on) return undefined;
    let current = true;
    void loadOperations(client).then((loaded) => {
      if (current) setOperations(loaded);
    });
    return () => {
      current = false;
    };
  }, [client, on, mode]);
  return operations;
}

async function loadOperations(client: BackendClient): Promise<Operations> {
  try {
    const { body } = await client.environmentServer.try({ method: 'GET', path: '/openapi.json' });
    const list = readOperations(body);
    return list === null ? { state: 'failed', message: 'The server sent no list of its endpoints.' } : { state: 'ready', list };
  } catch (error) {
    return { state: 'failed', message: describeError(error).message };
  }
}

type Outcome =
  | { readonly state: 'none' }
  | { readonly state: 'sending' }
  | { readonly state: 'answered'; readonly response: TryResponse }
  | { readonly state: 'failed'; readonly message: string };

function Console({ operations }: { readonly operations: readonly Operation[] }) {
  const { client } = usePlatform();
  const [name, setName] = useState(() => (operations.find(({ path }) => path === '/info') ?? operations[0])?.name ?? '');
  const [outcome, setOutcome] = useState<Outcome>({ state: 'none' });
  const operation = operations.find((candidate) => candidate.name === name);
  const send = async (request: TryRequest): Promise<void> => {
    setOutcome({ state: 'sending' });
    try {
      setOutcome({ state: 'answered', response: await client.environmentServer.try(request, { context: { timeoutMs: TRY_TIMEOUT_MS } }) });
    } catch (error) {
      setOutcome({ state: 'failed', message: describeError(error).message });
    }
  };
  if (operation === undefined) return <Empty title="The server lists no endpoints." />;
  return (
    <div className={styles['console']}>
      <SelectField
        label="Endpoint"
        testId="api-operation"
        value={name}
        options={operations.map((candidate) => ({ value: candidate.name, label: candidate.name, note: candidate.summary }))}
        onChange={(next) => {
          setName(next);
          setOutcome({ state: 'none' });
        }}
      />
      <RequestForm key={name} operation={operation} sending={outcome.state === 'sending'} onSend={(request) => void send(request)} />
      <Response outcome={outcome} />
    </div>
  );
}

interface RequestFormProps {
  readonly operation: Operation;
  readonly sending: boolean;
  readonly onSend: (request: TryRequest) => void;
}

function RequestForm({ operation: { method, path, body }, sending, onSend }: RequestFormProps) {
  const id = useId();
  const [address, setAddress] = useState(path);
  const [text, setText] = useState(body ?? '');
  const usable = /^\/\S*$/.test(address);
  const submit = (): void => {
    if (usable && !sending) onSend({ method, path: address, ...(body === null ? {} : { body: text }) });
  };
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label htmlFor={id} className="visually-hidden">
        Path
      </label>
      <div className={styles['line']}>
        <span className={styles['method']}>{method}</span>
        <input
          id={id}
          className={styles['path']}
          value={address}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={!usable}
          data-testid="api-path"
          onChange={(event) => setAddress(event.target.value)}
        />
        <Button type="submit" variant="primary" icon="play" disabled={sending || !usable} testId="api-send">
          {sending ? 'Sending…' : 'Send'}
        </Button>
      </div>
      {body === null ? null : (
        <textarea
          className={styles['text']}
          aria-label="Body, JSON"
          data-testid="api-body"
          value={text}
          rows={Math.min(14, text.split('\n').length + 1)}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
          }}
        />
      )}
    </form>
  );
}

function Response({ outcome }: { readonly outcome: Outcome }) {
  switch (outcome.state) {
    case 'none':
      return <Empty title="No request sent yet">The answer of the server appears here. Ctrl+Enter sends from the body.</Empty>;
    case 'sending':
      return <Empty title="Waiting for the answer…" />;
    case 'failed':
      return <Notice tone="problem" title={outcome.message} />;
    case 'answered':
      return <Answer response={outcome.response} />;
  }
}

function Answer({ response: { status, contentType, body, truncated, milliseconds: took } }: { readonly response: TryResponse }) {
  return (
    <>
      <p role="status" className={styles['answer']} data-testid="api-answer">
        <strong data-ok={status < 400}>{status}</strong> {contentType ?? 'no content type'}, {count(body.length)} characters
        {truncated ? ' shown of a longer answer' : ''}, {milliseconds(took)} ms
      </p>
      <div className={styles['reply']} tabIndex={0} role="group" aria-label="Answer" data-testid="api-reply">
        <Body contentType={contentType} body={body} />
      </div>
    </>
  );
}

function Body({ contentType, body }: { readonly contentType: string | null; readonly body: string }) {
  const value = contentType?.includes('json') === true ? parsed(body) : undefined;
  return value === undefined ? <JsonText text={body} /> : <JsonView value={value} />;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
