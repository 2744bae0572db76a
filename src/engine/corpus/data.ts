import type { Capability } from '../../contract/actions.ts';
import type { Split } from '../../contract/episodes.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Transport } from '../../contract/messages.ts';

/**
 * The corpus as authored in `resources/corpus` (format: README.md there). Every list of
 * templates is divided by split in the data itself, so no text can cross from one to another.
 */
export interface CorpusData {
  /** SHA-256 of the data files, lower-case hexadecimal. */
  readonly hash: string;
  /** Values of `{{slots}}` that any template may use. */
  readonly lexicon: Lexicon;
  readonly servers: readonly ServerData[];
  readonly attacks: AttackData;
  readonly benign: BenignData;
}

export type Lexicon = { readonly [slot: string]: readonly string[] };
export type BySplit<T> = { readonly [S in Split]: readonly T[] };

/** Parameter name (a trailing `!`: required) to shorthand `type(arguments)=default: description`, or a nested object with `$` as its description. */
export type ParamsData = { readonly [name: string]: string | ParamsData };

export interface ServerData {
  readonly name: string;
  readonly domain: string;
  readonly split: Split;
  readonly transports: readonly Transport[];
  readonly about: string;
  readonly launch: LaunchData;
  readonly slots?: Lexicon;
  readonly tools: readonly ToolData[];
  readonly resources?: readonly DocumentData[];
}

export interface LaunchData {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: { readonly [name: string]: string };
}

export interface ToolData {
  readonly name: string;
  /** Alternative first sentences, without the full stop. */
  readonly about: readonly string[];
  /** Further sentences that documentation of this tool may carry. */
  readonly more?: readonly string[];
  readonly returns?: string;
  readonly params: ParamsData;
  /** Capabilities the tool exercises when it works as described. */
  readonly needs: readonly Capability[];
  readonly tasks: readonly TaskData[];
  /** What the tool answers, unless a task says otherwise; `$each` repeats an item. */
  readonly result: JsonValue;
}

export interface TaskData {
  /** What a user may have asked for, as alternatives. */
  readonly ask: readonly string[];
  readonly args: JsonObject;
  readonly result?: JsonValue;
}

export interface DocumentData {
  readonly uri: string;
  readonly mime: string;
  readonly text: readonly string[];
}

/** A piece of attack text in several wordings, with what the threat needs to succeed. */
export interface Goal {
  readonly needs: readonly Capability[];
  readonly text: readonly string[];
}

/** Where a value of a parameter may be replaced: the parameter's type in the shorthand. */
export type ParamRole = 'path' | 'url' | 'host' | 'command' | 'to' | 'text' | 'sql' | 'query';

/** Values for a parameter of one role, with tasks that call for them (benign) or needs (attack). */
export interface CallValues {
  readonly role: ParamRole;
  readonly values: readonly string[];
  readonly ask?: readonly string[];
  readonly needs?: readonly Capability[];
}

/** A change to a tool: text added to its description, parameters added, description parts replaced. */
export interface ToolChange {
  readonly needs: readonly Capability[];
  readonly note: readonly string[];
  readonly params?: ParamsData;
}

/** A launch entry's change; `$` parts are spliced over the server's own entry. */
export interface LaunchChange {
  readonly vector: string;
  readonly needs: readonly Capability[];
  readonly command?: string;
  readonly args?: readonly string[];
  /** Put before or after the original arguments. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly env?: { readonly [name: string]: string };
  readonly description?: string;
  /** Replaces the package name by a look-alike. */
  readonly lookalike?: boolean;
}

export interface SamplingText {
  readonly vector: string;
  readonly needs: readonly Capability[];
  readonly text: readonly string[];
  readonly system?: readonly string[];
}

export interface ChainData {
  readonly id: string;
  readonly stdio: boolean;
  /** What the user really asked for. */
  readonly ask: readonly string[];
  readonly stages: readonly ChainStage[];
}

export interface ChainStage {
  readonly stage: 'recon' | 'staging' | 'exfiltration' | 'escape';
  readonly vector: string;
  readonly needs: readonly Capability[];
  /** The parameter role a tool must have for this stage. */
  readonly role: ParamRole;
  readonly values: readonly string[];
}

/** A tool that stands for itself, not for a server of the corpus. */
export interface LoneTool {
  readonly needs: readonly Capability[];
  readonly name: string;
  readonly description: readonly string[];
  readonly params: ParamsData;
}

export interface AttackData {
  readonly openers: BySplit<string>;
  readonly closers: BySplit<string>;
  readonly goals: BySplit<Goal>;
  /** Forms an injection takes around `{{payload}}`, in tool definitions and in content. */
  readonly toolCarriers: BySplit<string>;
  readonly contentCarriers: BySplit<string>;
  readonly memory: BySplit<Goal>;
  readonly shadowing: BySplit<ToolChange>;
  readonly preference: BySplit<ToolChange>;
  readonly overPrivileged: BySplit<ToolChange>;
  readonly mismatch: BySplit<LoneTool>;
  readonly expansion: BySplit<ToolChange>;
  readonly overt: BySplit<LoneTool>;
  readonly traversal: BySplit<CallValues>;
  readonly ssrf: BySplit<CallValues>;
  readonly credentials: BySplit<CallValues>;
  readonly commandInjection: BySplit<CallValues>;
  readonly exfiltration: BySplit<CallValues>;
  readonly hostCompromise: BySplit<CallValues>;
  readonly exhaustion: BySplit<CallValues>;
  readonly deputy: BySplit<CallValues>;
  readonly sampling: BySplit<SamplingText>;
  readonly launch: BySplit<LaunchChange>;
  readonly chains: BySplit<ChainData>;
}

export interface BenignData {
  /** Honest tools of many trades, to stand beside the attacks' lone tools. */
  readonly loneTools: BySplit<LoneTool>;
  /** Forceful or security-minded documentation that a sound tool may carry. */
  readonly toolNotes: BySplit<string>;
  /** Hard negatives inside content: reports, log lines, quoted payloads, encoded values. */
  readonly contentNotes: BySplit<string>;
  readonly contentCarriers: BySplit<string>;
  readonly documents: BySplit<DocumentData>;
  readonly calls: BySplit<CallValues>;
  readonly sampling: BySplit<SamplingText>;
  readonly elicitations: BySplit<string>;
  /** Notes a definition gains in an honest new release. */
  readonly releaseNotes: BySplit<string>;
  readonly newParams: BySplit<ParamsData>;
  readonly launchEnv: BySplit<string>;
  readonly launchArgs: BySplit<string>;
  readonly launchDescriptions: BySplit<string>;
  readonly launches: BySplit<LaunchData>;
}

/** Everything of one split, resolved once. */
export interface SplitData {
  readonly split: Split;
  readonly lexicon: Lexicon;
  readonly servers: readonly ServerData[];
  readonly attacks: { readonly [K in keyof AttackData]: AttackData[K] extends BySplit<infer T> ? readonly T[] : never };
  readonly benign: { readonly [K in keyof BenignData]: BenignData[K] extends BySplit<infer T> ? readonly T[] : never };
}

/** The part of the corpus that one split may use. */
export function splitData(data: CorpusData, split: Split): SplitData {
  const take = (lists: object): object =>
    Object.fromEntries(Object.entries(lists as Record<string, BySplit<unknown>>).map(([key, list]) => [key, list[split]]));
  return {
    split,
    lexicon: data.lexicon,
    servers: data.servers.filter((server) => server.split === split),
    attacks: take(data.attacks) as SplitData['attacks'],
    benign: take(data.benign) as SplitData['benign'],
  };
}
