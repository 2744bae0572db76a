import { createHash } from 'node:crypto';
import type { Split } from '../../contract/episodes.ts';

/** What ties labelled items together. */
export interface FamilyMember {
  /** Episodes of one seed and phase play the same messages. */
  readonly family: string;
  /** The same change met in another episode. */
  readonly fingerprint: string;
}

/** Shares of families, not of rows. */
const DEV_SHARE = 0.1;
const TEST_SHARE = 0.1;

/**
 * The group of each member: members that share an episode family or a change, directly or through others, are one
 * group, so that nothing seen in training comes back in a test. Named after its least episode family.
 */
export function groupsOf(members: readonly FamilyMember[]): readonly string[] {
  const parent = new Map<string, string>();
  const find = (node: string): string => {
    let root = node;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    for (let at = node; at !== root;) {
      const up = parent.get(at) ?? root;
      parent.set(at, root);
      at = up;
    }
    return root;
  };
  for (const { family, fingerprint } of members) {
    const [a, b] = [find(`episode:${family}`), find(`change:${fingerprint}`)];
    parent.set(a, a);
    parent.set(b, a);
  }
  const names = new Map<string, string>();
  for (const { family } of members) {
    const root = find(`episode:${family}`);
    const name = names.get(root);
    if (name === undefined || family < name) names.set(root, family);
  }
  return members.map(({ family }) => names.get(find(`episode:${family}`)) ?? family);
}

/** Which split a group belongs to: by its hash, so that it stays there when others are added. */
export function splitOfGroup(group: string): Split {
  const share = createHash('sha256').update(group).digest().readUInt32BE(0) / 2 ** 32;
  if (share < TEST_SHARE) return 'test';
  return share < TEST_SHARE + DEV_SHARE ? 'dev' : 'train';
}
