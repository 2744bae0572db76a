import { oc, type } from '@orpc/contract';
import {
  guideInputs,
  type GuideActions,
  type GuideBudget,
  type GuideCurriculum,
  type GuideDrift,
  type GuideFacts,
  type GuideMutation,
  type GuidePolicy,
  type GuideScenario,
  type GuideTrap,
} from './guide.ts';

/** The guide's demonstrations, computed by the engine; nothing is stored. Bad input is refused with the field's name. */
export const guideProcedures = {
  facts: oc.output(type<GuideFacts>()),
  message: oc.input(guideInputs.message).output(type<GuideScenario>()),
  /** What each of the six actions would do to an edited message and earn. */
  actions: oc.input(guideInputs.actions).output(type<GuideActions>()),
  /** The adversary's disguises on a text or message, and what the normaliser reads. */
  mutate: oc.input(guideInputs.mutate).output(type<GuideMutation>()),
  /** An attack of an episode that was blocked and came back disguised; null when none did in many episodes. */
  trap: oc.input(guideInputs.trap).output(type<GuideTrap | null>()),
  /** The critic on two versions of a tool's description. */
  drift: oc.input(guideInputs.drift).output(type<GuideDrift>()),
  curriculum: oc.input(guideInputs.curriculum).output(type<GuideCurriculum>()),
  budget: oc.input(guideInputs.budget).output(type<GuideBudget>()),
  /** Simple policies over the same few episodes. */
  policies: oc.input(guideInputs.policies).output(type<readonly GuidePolicy[]>()),
} as const;
