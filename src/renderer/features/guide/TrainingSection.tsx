import { ACTIONS } from '../../../contract/actions.ts';
import type { GuideActions } from '../../../contract/guide.ts';
import { placeHref } from '../../app/useRoute.ts';
import { signed } from '../../lib/format.ts';
import { actionColour, ActionLabel } from '../../widgets/ActionChip.tsx';
import { Demonstration } from './Demonstration.tsx';
import styles from './Guide.module.css';
import { Splits } from './Splits.tsx';
import { useWeighed } from './useWeighed.ts';

export function TrainingSection() {
  const { asked, inputProblem } = useWeighed({ plain: true });
  return (
    <>
      <p>
        Messages come from a bundled corpus of servers, tools, benign sessions and attack templates, and, when you stream them, from three
        public corpora: log lines of a security operations centre, security questions and answers, and NIST controls. Servers and templates
        are divided into training, development and test splits, so that no template a model is tested on was trained on.{' '}
        <a href={placeHref('data')}>Data</a> streams the corpora and sets their mix.
      </p>
      <Splits />
      <p>
        Training plays the same environment. Group relative policy optimisation (GRPO) compares the rewards of several decisions about one
        message and makes those more probable that earned more than their group did on average. <a href={placeHref('training')}>Training</a>{' '}
        shows the curves of runs, <a href={placeHref('models')}>Models</a> the files they led to, and <a href={placeHref('api')}>API</a> the
        server that a trainer plays against.
      </p>
      <Demonstration
        label="Advantage of each action on the message above, in a group that holds each once"
        testId="guide-advantages"
        asked={asked}
        inputProblem={inputProblem}
        controls={
          <p className={styles['muted']}>
            Reward less the mean reward of the six. The message is the one of{' '}
            <a href={placeHref('guide', { path: ['actions'] })}>The six actions</a>.
          </p>
        }
      >
        {(weighed) => <Advantages weighed={weighed} />}
      </Demonstration>
    </>
  );
}

function Advantages({ weighed: { actions } }: { readonly weighed: GuideActions }) {
  const widest = Math.max(0.01, ...ACTIONS.map((action) => Math.abs(actions[action].advantage)));
  return (
    <table className={styles['table']}>
      <thead>
        <tr>
          <th scope="col">Action</th>
          <th scope="col">Reward</th>
          <th scope="col">Advantage</th>
          <th scope="col">
            <span className="visually-hidden">Bar</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {ACTIONS.map((action) => {
          const { reward, advantage } = actions[action];
          const share = (Math.abs(advantage) / widest) * 50;
          return (
            <tr key={action}>
              <th scope="row">
                <ActionLabel action={action} />
              </th>
              <td>{signed(reward.total)}</td>
              <td className={styles['total']}>{signed(advantage)}</td>
              <td className={styles['barCell']}>
                <span className={styles['bar']} aria-hidden="true">
                  <span
                    style={{
                      insetInlineStart: `${advantage < 0 ? 50 - share : 50}%`,
                      inlineSize: `${share}%`,
                      background: actionColour(action),
                    }}
                  />
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
