import { useState } from 'react';
import { tagSchema } from '../../../../contract/replays.ts';
import styles from './TagField.module.css';

/** A tag typed and added with Enter. */
export function TagField({ onTag }: { readonly onTag: (tag: string) => void }) {
  const [text, setText] = useState('');
  const parsed = tagSchema.safeParse(text);
  return (
    <input
      className={styles['tag']}
      aria-label="Add a tag"
      placeholder="Add tag ⏎"
      maxLength={40}
      autoComplete="off"
      spellCheck={false}
      data-testid="tag-field"
      aria-invalid={text !== '' && !parsed.success}
      title={text === '' || parsed.success ? undefined : parsed.error.issues[0]?.message}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setText('');
        if (event.key !== 'Enter' || !parsed.success) return;
        onTag(parsed.data);
        setText('');
      }}
    />
  );
}
