/** Where a command can be given. A key means one thing in each scope; a page's keys go before the application's. */
export const KEY_SCOPES = ['live', 'library', 'player', 'review', 'training', 'application'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export const SCOPE_NAMES: { readonly [S in KeyScope]: string } = {
  live: 'Live',
  library: 'Replays: library',
  player: 'Replays: player',
  review: 'Review',
  training: 'Training',
  application: 'Everywhere',
};

export interface Binding {
  readonly scope: KeyScope;
  /** What the command does, as the list of keys says it. */
  readonly title: string;
  /** Keys it ships with, as `keyOf` writes them. */
  readonly keys: readonly string[];
}

/**
 * Every command that has a key, and the keys it ships with: the only place that names either. Pages say what a command does
 * when it is given and when it makes sense; buttons and hints look its present keys up.
 */
export const BINDINGS = {
  'live.next': { scope: 'live', title: 'Play the next message', keys: ['n'] },
  'live.start': { scope: 'live', title: 'Run live, or resume', keys: ['l'] },
  'live.pause': { scope: 'live', title: 'Pause', keys: ['p'] },
  'live.toggle': { scope: 'live', title: 'Pause or resume', keys: [' '] },
  'live.stop': { scope: 'live', title: 'Stop', keys: ['s', 'escape'] },
  'live.lane': { scope: 'live', title: 'Show the other lane’s message, when the lanes differ', keys: ['m'] },
  'live.review': { scope: 'live', title: 'Send the shown decision to review', keys: ['r'] },
  'live.review.open': { scope: 'live', title: 'Open the shown decision in the review queue', keys: ['o'] },
  'table.search': { scope: 'live', title: 'Search the decisions', keys: ['/'] },
  'table.focus': { scope: 'live', title: 'Go to the decision table', keys: ['t'] },
  'table.follow': { scope: 'live', title: 'Follow the live tail again', keys: ['f'] },

  'library.search': { scope: 'library', title: 'Search the episodes', keys: ['/'] },
  'library.table': { scope: 'library', title: 'Go to the list of episodes', keys: ['t'] },
  'library.open': { scope: 'library', title: 'Open the episode', keys: ['o'] },
  'library.pin': { scope: 'library', title: 'Pin or unpin', keys: ['p'] },
  'library.delete': { scope: 'library', title: 'Delete the episodes', keys: ['delete'] },
  'library.undo': { scope: 'library', title: 'Undo the deletion', keys: ['u'] },

  'replay.play': { scope: 'player', title: 'Play or pause', keys: [' '] },
  'replay.event-back': { scope: 'player', title: 'One event back', keys: ['arrowleft'] },
  'replay.event-on': { scope: 'player', title: 'One event on', keys: ['arrowright'] },
  'replay.decision-back': { scope: 'player', title: 'One decision back', keys: ['shift+arrowleft'] },
  'replay.decision-on': { scope: 'player', title: 'One decision on', keys: ['shift+arrowright'] },
  'replay.disagreement': { scope: 'player', title: 'Next disagreement', keys: ['d'] },
  'replay.disagreement-back': { scope: 'player', title: 'Disagreement before', keys: ['a'] },
  'replay.restart': { scope: 'player', title: 'Restart', keys: ['0', 'home'] },
  'replay.end': { scope: 'player', title: 'To the end', keys: ['end'] },
  'replay.slower': { scope: 'player', title: 'Slower', keys: ['['] },
  'replay.faster': { scope: 'player', title: 'Faster', keys: [']'] },
  'replay.idle': { scope: 'player', title: 'Skip idle ticks', keys: ['i'] },
  'replay.bookmark': { scope: 'player', title: 'Bookmark this tick', keys: ['b'] },
  'replay.lock': { scope: 'player', title: 'Lock or unlock the lanes', keys: ['k'] },
  'replay.focus': { scope: 'player', title: 'Inspect the other lane', keys: ['m'] },
  'replay.lanes': { scope: 'player', title: 'Both lanes, or one of them', keys: ['l'] },
  'replay.swap': { scope: 'player', title: 'Swap the lanes', keys: ['x'] },
  'replay.verify': { scope: 'player', title: 'Verify by re-simulation', keys: ['v'] },
  'replay.library': { scope: 'player', title: 'Back to the library', keys: ['escape'] },

  'review.ALLOW': { scope: 'review', title: 'Allow', keys: ['1'] },
  'review.BLOCK': { scope: 'review', title: 'Block', keys: ['2'] },
  'review.SPOTLIGHT': { scope: 'review', title: 'Spotlight', keys: ['3'] },
  'review.SEMANTIC_DIFF': { scope: 'review', title: 'Semantic diff', keys: ['4'] },
  'review.CAPABILITY_MEDIATION': { scope: 'review', title: 'Capability mediation', keys: ['5'] },
  'review.REVOKE_STDIO': { scope: 'review', title: 'Revoke STDIO', keys: ['6'] },
  'review.submit': { scope: 'review', title: 'Submit, and go to the next', keys: ['enter'] },
  'review.confidence': { scope: 'review', title: 'Next confidence', keys: ['c'] },
  'review.note': { scope: 'review', title: 'Write a note', keys: ['m'] },
  'review.skip': { scope: 'review', title: 'Skip', keys: ['s'] },
  'review.flag': { scope: 'review', title: 'Flag for a second analyst', keys: ['f'] },
  'review.undo': { scope: 'review', title: 'Undo; Ctrl+Z and ⌘Z do too', keys: ['u'] },
  'review.next': { scope: 'review', title: 'Take the next item', keys: ['t'] },
  'review.down': { scope: 'review', title: 'Next row of the queue', keys: ['j'] },
  'review.up': { scope: 'review', title: 'Row before', keys: ['k'] },
  'review.hunk': { scope: 'review', title: 'Next change in the evidence', keys: ['n'] },
  'review.hunk.back': { scope: 'review', title: 'Change before', keys: ['p'] },
  'review.guidelines': { scope: 'review', title: 'Guidelines, and back', keys: ['g'] },
  'review.search': { scope: 'review', title: 'Search the queue', keys: ['/'] },

  'training.less': { scope: 'training', title: 'Less smoothing', keys: ['['] },
  'training.more': { scope: 'training', title: 'More smoothing', keys: [']'] },
  'training.kind': { scope: 'training', title: 'Next kind of smoothing', keys: ['s'] },
  'training.x': { scope: 'training', title: 'Next x axis: step, relative time, wall time', keys: ['x'] },
  'training.y': { scope: 'training', title: 'Next y axis: linear, log, symlog', keys: ['y'] },
  'training.clip': { scope: 'training', title: 'Clip outliers', keys: ['o'] },
  'training.back': { scope: 'training', title: 'Previous zoom', keys: ['z'] },
  'training.reset': { scope: 'training', title: 'Show all of the x axis', keys: ['0'] },
  'training.compare': { scope: 'training', title: 'Charts or comparison', keys: ['c'] },
  'training.import': { scope: 'training', title: 'Import runs', keys: ['i'] },
  'training.search': { scope: 'training', title: 'Filter runs', keys: ['/'] },
  'training.pause': { scope: 'training', title: 'Pause or resume updates', keys: [' '] },
  'training.escape': { scope: 'training', title: 'Let go of the held values', keys: ['escape'] },

  'app.help': { scope: 'application', title: 'Keys and help', keys: ['?'] },
  'app.theme': { scope: 'application', title: 'Next theme', keys: ['d'] },
  'app.live': { scope: 'application', title: 'Live page', keys: ['1'] },
  'app.replays': { scope: 'application', title: 'Replays page', keys: ['2'] },
  'app.review': { scope: 'application', title: 'Review page', keys: ['3'] },
  'app.training': { scope: 'application', title: 'Training page', keys: ['4'] },
  'app.evaluation': { scope: 'application', title: 'Evaluation page', keys: ['5'] },
  'app.data': { scope: 'application', title: 'Data page', keys: ['6'] },
  'app.models': { scope: 'application', title: 'Models page', keys: ['7'] },
  'app.api': { scope: 'application', title: 'API page', keys: ['8'] },
  'app.guide': { scope: 'application', title: 'Guide page', keys: ['9'] },
} as const satisfies { readonly [id: string]: Binding };

export type CommandId = keyof typeof BINDINGS;

/** In the order of the list. */
export const COMMAND_IDS = Object.keys(BINDINGS) as readonly CommandId[];
