/**
 * The six actions in their fixed order. The order is part of the prompt layout:
 * the n-th action answers to the n-th label letter (see `ACTION_LABELS`).
 */
export const ACTIONS = ['ALLOW', 'BLOCK', 'SPOTLIGHT', 'SEMANTIC_DIFF', 'CAPABILITY_MEDIATION', 'REVOKE_STDIO'] as const;
export type Action = (typeof ACTIONS)[number];

/** One number for each action, e.g. probabilities (0..1, sum 1) or rewards. */
export type PerAction<T = number> = { readonly [A in Action]: T };

/** The label letter that stands for each action at the end of a prompt (with a leading space). */
export const ACTION_LABELS: PerAction<string> = {
  ALLOW: 'A',
  BLOCK: 'B',
  SPOTLIGHT: 'C',
  SEMANTIC_DIFF: 'D',
  CAPABILITY_MEDIATION: 'E',
  REVOKE_STDIO: 'F',
};

export function perAction<T>(make: (action: Action, index: number) => T): PerAction<T> {
  return Object.fromEntries(ACTIONS.map((action, index) => [action, make(action, index)])) as PerAction<T>;
}

/**
 * What a message may exercise and a mediation may take away. A mediation
 * neutralises a threat only if it restricts every capability that the threat needs.
 */
export const CAPABILITIES = [
  'fs.read',
  'fs.write',
  'fs.outside_root',
  'fs.delete',
  'secrets.read',
  'net.egress',
  'net.internal',
  'process.exec',
  'message.send',
  'payment',
  'identity.admin',
  'context.write',
  'budget',
] as const;
export type Capability = (typeof CAPABILITIES)[number];
