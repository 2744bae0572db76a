import { HostileText } from '../../widgets/HostileText.tsx';
import styles from './Figures.module.css';

/** What each compared system is, in a sentence. */
export function SystemNotes({ systems }: { readonly systems: readonly { readonly name: string; readonly note: string }[] }) {
  return (
    <ul className={styles['note']}>
      {systems.map(({ name, note }) => (
        <li key={name}>
          <strong>{name}:</strong> <HostileText text={note} />
        </li>
      ))}
    </ul>
  );
}
