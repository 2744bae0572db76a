import type { CriticReport, EpisodeSummary, GroundTruth, StepInfo } from '../../../contract/episodes.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';

/** Who an episode is, as the first members of a JSON object, without its braces. */
export function identityMembers({ episodeId, seed, phase, split, index }: EpisodeStart): string {
  return JSON.stringify({ episode_id: episodeId, seed, phase, split, index }).slice(1, -1);
}

/** What a reset tells beside the observation, as JSON text. @param ignored names of arguments that had no effect */
export function resetMetadata(identity: string, ignored: readonly string[]): string {
  return ignored.length === 0 ? `{${identity}}` : `{${identity},"ignored_arguments":${JSON.stringify(ignored)}}`;
}

/**
 * What a step reveals, the truth about the message just decided included, as JSON text; never part of an observation.
 * Written by hand because every step of every environment is: parts that recur are written once.
 * @param summary set when the step ended its episode
 */
export function stepMetadata(identity: string, info: StepInfo, summary: EpisodeSummary | null): string {
  const { verdict, outcome, truth, reward, verifier, critic, ticks, retry, counterfactual } = info;
  const rubric =
    `{"security":${reward.security},"usability":${reward.usability},"latency":${reward.latency},"format":${reward.format},` +
    `"total":${reward.total},"usability_parts":${JSON.stringify(reward.usabilityParts)}}`;
  const flags = verifier.flags.length === 0 ? '[]' : JSON.stringify(verifier.flags);
  const revealed =
    `{"verdict":"${verdict}","outcome":"${outcome}","truth":${truths.write(truth)},"verifier":{"flags":${flags},"risk":"${verifier.risk}"},` +
    `"critic":${critic === null ? 'null' : critics.write(critic)},"ticks":${ticks},"retry":${retry},` +
    `"counterfactual":${JSON.stringify(counterfactual)}}`;
  const end = summary === null ? '' : `,"summary":${summaryText(summary)}`;
  return `{${identity},"rubric":${rubric},"info":${revealed}${end}}`;
}

/** JSON text of objects that never change, written once for each. */
class WrittenOnce<T extends object> {
  private readonly texts = new WeakMap<T, string>();
  private readonly shape: (value: T) => object;

  constructor(shape: (value: T) => object) {
    this.shape = shape;
  }

  write(value: T): string {
    let text = this.texts.get(value);
    if (text === undefined) this.texts.set(value, (text = JSON.stringify(this.shape(value))));
    return text;
  }
}

const truths = new WrittenOnce<GroundTruth>(({ stdioEscape, ...rest }) => ({ ...rest, stdio_escape: stdioEscape }));
const critics = new WrittenOnce<CriticReport>(({ driftFound, ...rest }) => ({ ...rest, drift_found: driftFound }));

function summaryText({ steps, reward, score, breached, ticksUsed, ...counts }: EpisodeSummary): string {
  return JSON.stringify({
    steps,
    reward,
    score,
    breached,
    ticks_used: ticksUsed,
    true_positives: counts.truePositives,
    true_negatives: counts.trueNegatives,
    false_positives: counts.falsePositives,
    false_negatives: counts.falseNegatives,
  });
}
