/** The guide's sections in reading order; the id is the part of the address after the page: `#/guide/rewards`. */
export const GUIDE_SECTIONS = [
  { id: 'problem', title: 'The problem' },
  { id: 'agents', title: 'The agents' },
  { id: 'trap', title: 'Recursive self-correction trap' },
  { id: 'critic', title: 'Semantic critic' },
  { id: 'curriculum', title: 'Curriculum and latency budget' },
  { id: 'actions', title: 'The six actions' },
  { id: 'rewards', title: 'Rewards' },
  { id: 'training', title: 'Data and training' },
] as const;
export type GuideSectionId = (typeof GUIDE_SECTIONS)[number]['id'];
