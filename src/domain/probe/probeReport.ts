import { phrase } from '../../base/phrase';

/** Where a file lies that a probed server touched. `real-workspace`: in the open folders, which it was not told of. */
export type ProbePlace = 'workspace' | 'home' | 'temporary' | 'real-workspace';

/** What happened to one file. `passing`: it was made and taken away again. */
export interface ProbeFile {
	readonly kind: 'written' | 'deleted' | 'moved' | 'passing';
	readonly place: ProbePlace;
	/** Relative to its place. Attacker-controlled. */
	readonly path: string;
}

/** One way to the network. Hosts are attacker-controlled. */
export interface ProbeConnection {
	/** `proxied`: by the proxy that the probe offered, which lets nothing through; `listening`: it waits for others. */
	readonly kind: 'proxied' | 'direct' | 'listening';
	readonly host: string;
	readonly port: number;
	/** True where what was sent held a marked value of the probe. */
	readonly leaked?: true;
}

/** Everything that was seen in one step. */
export interface ProbeSeen {
	readonly files: readonly ProbeFile[];
	readonly connections: readonly ProbeConnection[];
	/** Programs that were started, by the name of their file. Attacker-controlled. */
	readonly children: readonly string[];
}

/** Stands among the children for one whose name was gone before it was looked at. */
export const UNSEEN_CHILD = phrase('a program that ended at once').text;

/** A step in which nothing was seen. */
export const NOTHING_SEEN: ProbeSeen = { files: [], connections: [], children: [] };

/** One step of a probe and what was seen in it. */
export interface ProbeStep {
	/** A tool that was called once; else what the server did by itself, when it started and when all calls were over. */
	readonly kind: 'start' | 'tool' | 'afterwards';
	/** Attacker-controlled; empty unless `kind` is `tool`. */
	readonly tool: string;
	/** The capability that a reviewer, or a suggestion, gave to the tool; empty unless `kind` is `tool`. */
	readonly capability: string;
	/** How the call ended: `tool-error` where the result says `isError`. */
	readonly outcome: 'answered' | 'tool-error' | 'failed' | 'none';
	readonly seen: ProbeSeen;
}

/** What one probe of a server saw. */
export interface ProbeReport {
	/** ISO 8601. */
	readonly at: string;
	readonly steps: readonly ProbeStep[];
	/** What could not be observed here: sentences of ours. */
	readonly blind: readonly string[];
}
