import { memo } from 'react';
import { CATEGORY_NAMES, codePointName, segmentLabel, segmentText, type HostileCategory } from '../lib/hostileText.ts';
import { classes } from '../lib/classes.ts';
import styles from './HostileText.module.css';

interface BoxProps {
  readonly text: string;
  readonly category: HostileCategory;
  readonly reads: string | null;
}

/** A framed stand-in for characters that cannot be seen or pass for others. */
export function HostileBox({ text, category, reads }: BoxProps) {
  const name = `${CATEGORY_NAMES[category]}, ${segmentLabel(text)}${reads === null || reads === '' ? '' : `, reads “${reads}”`}`;
  return (
    <span className={classes(styles['box'], styles[category])} title={name} role="img" aria-label={name}>
      {category === 'confusable' ? (
        <>
          {text}
          <small className={styles['code']}>{codePointName(text)}</small>
        </>
      ) : (
        segmentLabel(text)
      )}
      {category === 'tag' && reads !== null && reads !== '' ? <span className={styles['reads']}>{reads}</span> : null}
    </span>
  );
}

/** Untrusted text as text: never HTML, hostile characters boxed, direction isolated. */
export const HostileText = memo(function HostileText({ text }: { readonly text: string }) {
  return (
    <bdi dir="ltr">
      {segmentText(text).map((segment, index) =>
        segment.kind === 'text' ? (
          segment.text
        ) : (
          <HostileBox key={index} text={segment.text} category={segment.category} reads={segment.reads} />
        ),
      )}
    </bdi>
  );
});
