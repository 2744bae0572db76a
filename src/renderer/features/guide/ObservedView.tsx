import type { GuideObservation } from '../../../contract/guide.ts';
import { words } from '../../lib/format.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { JsonText } from '../../widgets/JsonView.tsx';
import styles from './Guide.module.css';

/** What a defender sees of a message beside the message itself. */
export function ObservedView({ observed }: { readonly observed: GuideObservation }) {
  const { hints, layers, exercised } = observed;
  return (
    <dl className={styles['facts']}>
      <dt>Observable hints</dt>
      <dd data-testid="guide-hints">
        {hints.length === 0 ? <span className={styles['muted']}>none</span> : null}
        <ul className={styles['tags']}>
          {hints.map(({ code, text, pointer }) => (
            <li key={code} title={pointer}>
              <HostileText text={text} />
            </li>
          ))}
        </ul>
      </dd>
      <dt>Decoded layers</dt>
      <dd>
        {layers.length === 0 ? <span className={styles['muted']}>none</span> : null}
        {layers.map(({ encoding, pointer, text }, index) => (
          <div key={index} className={styles['layer']}>
            <p>
              {words(encoding)}{' '}
              <code>
                <HostileText text={pointer} />
              </code>
            </p>
            <JsonText text={text} />
          </div>
        ))}
      </dd>
      <dt>Capabilities exercised</dt>
      <dd>{exercised.length === 0 ? <span className={styles['muted']}>none</span> : exercised.join(', ')}</dd>
    </dl>
  );
}
