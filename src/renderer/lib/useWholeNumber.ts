import { useState, type ChangeEvent, type KeyboardEvent } from 'react';

interface WholeNumberOptions {
  readonly value: number;
  readonly allows: (value: number) => boolean;
  readonly onChange: (value: number) => void;
}

/** A text field for a whole number: Enter and leaving the field take it over when it is allowed, Escape brings the old one back. */
export function useWholeNumber({ value, allows, onChange }: WholeNumberOptions) {
  const [text, setText] = useState(String(value));
  const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  const valid = allows(number);
  const commit = (): void => {
    if (valid && number !== value) onChange(number);
  };
  return {
    valid,
    input: {
      inputMode: 'numeric',
      autoComplete: 'off',
      spellCheck: false,
      value: text,
      'aria-invalid': !valid,
      onChange: (event: ChangeEvent<HTMLInputElement>) => setText(event.target.value),
      onBlur: commit,
      onKeyDown: (event: KeyboardEvent<HTMLInputElement>) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setText(String(value));
      },
    },
  } as const;
}
