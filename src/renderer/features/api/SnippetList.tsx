import { useEffect, useState } from 'react';
import type { EnvironmentServerStatus } from '../../../contract/environmentServer.ts';
import { describeError } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { Notice } from '../../widgets/Notice.tsx';
import { snippet, SNIPPET_LANGUAGES, SNIPPET_NAMES } from './snippets.ts';
import styles from './SnippetList.module.css';

/** What stands for the token on the screen; copied text holds the token itself. */
const HIDDEN_TOKEN = 'TOKEN';

/** Clients to copy, with the address of this server. */
export function SnippetList({ status }: { readonly status: EnvironmentServerStatus | null }) {
  const { client, copyText } = usePlatform();
  const [copied, setCopied] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (copied === null) return undefined;
    const timer = setTimeout(() => setCopied(null), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const address = status?.address ?? `http://127.0.0.1:${status?.settings.port ?? 8_000}`;
  const copy = async (language: (typeof SNIPPET_LANGUAGES)[number]): Promise<void> => {
    try {
      const token = status?.tokenRequired === true ? await client.environmentServer.token() : null;
      await copyText(snippet(language, address, token));
      setCopied(language);
      setProblem(null);
    } catch (error) {
      setProblem(describeError(error).message);
    }
  };
  return (
    <div className={styles['list']}>
      {problem === null ? null : <Notice tone="problem" title={problem} />}
      {SNIPPET_LANGUAGES.map((language) => (
        <section key={language} aria-label={SNIPPET_NAMES[language]}>
          <header>
            <h3>{SNIPPET_NAMES[language]}</h3>
            <Button
              icon={copied === language ? 'check' : 'copy'}
              size="small"
              onClick={() => void copy(language)}
              testId={`api-copy-${language}`}
            >
              {copied === language ? 'Copied' : 'Copy'}
            </Button>
          </header>
          <pre tabIndex={0}>{snippet(language, address, status?.tokenRequired === true ? HIDDEN_TOKEN : null)}</pre>
        </section>
      ))}
    </div>
  );
}
