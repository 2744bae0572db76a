import { memo, useMemo, useState } from 'react';
import { classes } from '../lib/classes.ts';
import { prettyJsonLines, type JsonLine, type JsonToken } from '../lib/jsonTokens.ts';
import { Button } from './Button.tsx';
import { HostileBox, HostileText } from './HostileText.tsx';
import styles from './JsonView.module.css';

/** Lines and characters drawn at first; larger messages are drawn whole on request. */
const LINES_SHOWN = 300;
const CHARACTERS_SHOWN = 12_000;

const ESCAPE = /(\\(?:u[0-9a-fA-F]{4}|.))/;

/** Pretty-printed JSON as plain text. Escaped line breaks break the line, so that prose in strings can be read. */
export const JsonView = memo(function JsonView({ value }: { readonly value: unknown }) {
  const lines = useMemo(() => prettyJsonLines(value), [value]);
  const [whole, setWhole] = useState<unknown>(null);
  const shown = whole === value ? lines : excerpt(lines);
  return (
    <>
      <div className={styles['json']}>
        {shown.map((line, index) => (
          <div key={index} className={styles['line']} style={{ paddingInlineStart: `${line.indent + 2}ch` }}>
            {line.tokens.map((token, at) => (
              <Token key={at} token={token} />
            ))}
          </div>
        ))}
      </div>
      {shown.length === lines.length && shown.at(-1) === lines.at(-1) ? null : (
        <p className={styles['more']}>
          {shown.length} of {lines.length} lines shown. <Button onClick={() => setWhole(value)}>Show the whole message</Button>
        </p>
      )}
    </>
  );
});

/** The first lines; a single line that is too long is cut. */
function excerpt(lines: readonly JsonLine[]): readonly JsonLine[] {
  const shown: JsonLine[] = [];
  let left = CHARACTERS_SHOWN;
  for (const line of lines.slice(0, LINES_SHOWN)) {
    if (left <= 0) break;
    const tokens: JsonToken[] = [];
    for (const token of line.tokens) {
      if (left <= 0) break;
      tokens.push(token.text.length <= left ? token : { ...token, text: token.text.slice(0, left) });
      left -= token.text.length;
    }
    shown.push(left >= 0 ? line : { ...line, tokens });
  }
  return shown;
}

function Token({ token }: { readonly token: JsonToken }) {
  const { role, text } = token;
  if (role !== 'string' && role !== 'key')
    return role === 'space' || role === 'punctuation' ? text : <span className={styles[role]}>{text}</span>;
  return (
    <span className={styles[role]}>
      {text.includes('\\') ? text.split(ESCAPE).map((part, index) => <StringPart key={index} text={part} />) : <HostileText text={text} />}
    </span>
  );
}

function StringPart({ text }: { readonly text: string }) {
  if (!ESCAPE.test(text) || text.startsWith('\\\\') || text === '\\"') return <HostileText text={text} />;
  if (text === '\\n') {
    return (
      <>
        <span className={styles['escape']}>{text}</span>
        <br />
      </>
    );
  }
  if (text === '\\t' || text === '\\/') return <span className={styles['escape']}>{text}</span>;
  return (
    <HostileBox text={JSON.parse(`"${text}"`) as string} category={/^\\ud[89a-f]/i.test(text) ? 'surrogate' : 'control'} reads={null} />
  );
}

export function JsonText({ text, className }: { readonly text: string; readonly className?: string }) {
  return (
    <div className={classes(styles['json'], className)}>
      <HostileText text={text} />
    </div>
  );
}
