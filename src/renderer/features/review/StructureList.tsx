import type { JsonValue } from '../../../contract/json.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import type { StructuralChange } from './structuralDiff.ts';
import styles from './StructureList.module.css';

const SIGNS = { added: '+', removed: '−', changed: '≠' } as const;
const SHOWN = 600;

/** Differences of structure, pointer by pointer. */
export function StructureList({ changes }: { readonly changes: readonly StructuralChange[] }) {
  if (changes.length === 0) return <p className={styles['none']}>The structure is the same.</p>;
  return (
    <ul className={styles['list']} data-testid="structure-diff">
      {changes.map(({ kind, pointer, before, after }, index) => (
        <li key={index} data-kind={kind}>
          <span className={styles['sign']} aria-label={kind}>
            {SIGNS[kind]}
          </span>
          <code className={styles['pointer']}>
            <HostileText text={pointer === '' ? '(all)' : pointer} />
          </code>
          {before === undefined ? null : <Value mark="before" value={before} />}
          {after === undefined ? null : <Value mark="after" value={after} />}
        </li>
      ))}
    </ul>
  );
}

function Value({ mark, value }: { readonly mark: 'before' | 'after'; readonly value: JsonValue }) {
  const text = JSON.stringify(value);
  return (
    <code className={styles[mark]}>
      <HostileText text={text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text} />
    </code>
  );
}
