import { type Clock } from '../../base/clock';
import { type ProbeConnection } from '../../domain/probe/probeReport';

/** What the processes of a server were seen to do. */
export interface ProcessesSeen {
	readonly connections: readonly ProbeConnection[];
	/** Names of program files. Attacker-controlled. */
	readonly children: readonly string[];
}

/** Looks at a process and all that came of it, again and again. Nothing here rejects. */
export interface ProcessWatch {
	/** Sentences of ours about what cannot be seen this way. */
	readonly blind: readonly string[];
	/** Looks once more, and gives what is new since the last time. */
	drain(): Promise<ProcessesSeen>;
	/** Ends what is left of the processes and stops looking. */
	close(): Promise<void>;
}

/** What a watch needs to know. */
export interface ProcessWatchOptions {
	readonly clock: Clock;
	/** The server itself; undefined before it was started. */
	readonly rootPid: () => number | undefined;
	/** A variable of its environment and of everything that it starts, `NAME=VALUE`; unguessable. */
	readonly mark: string;
	/** A port of the loopback interface whose connections are not told. */
	readonly sinkPort: number;
}
