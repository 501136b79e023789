import { type SessionLabel } from '../policy/sessionLabel';

/** The call that put a label on the session. Tool names are attacker-controlled. */
export interface LabelOrigin {
	readonly label: SessionLabel;
	/** The registered name. */
	readonly server: string;
	readonly tool: string;
	/** Milliseconds since 1970. */
	readonly at: number;
	/** Id of the audit entry. */
	readonly callId: string;
}

/** A label in force, in words, with the calls that set it; none where this very call has it by itself. */
export interface LabelFact {
	readonly label: SessionLabel;
	/** One sentence of ours. */
	readonly meaning: string;
	readonly origins: readonly LabelOrigin[];
}

/** A rule that matched, and whose it is. */
export interface RuleFact {
	readonly id: string;
	/** Absolute. */
	readonly file: string;
	readonly line: number;
	readonly owner: RuleOwner;
}

/** The layer that a rule stands in; `catalogue` is the compositions that came with the product. */
export type RuleOwner = 'organisation' | 'catalogue' | 'user' | 'workspace' | 'built-in';

/** Whether what the call does can be taken back. */
export type Reversal = 'nothing-to-undo' | 'by-hand' | 'not-at-all' | 'unknown';

/**
 * What an approval shows (gateway.md §5.6, six facts), as far as it is known. Texts named as ours may be shown as they are;
 * all others are quoted by whoever shows them.
 */
export interface ApprovalFacts {
	/** (1) Who asks, and what for. */
	readonly goal: {
		/** What the client said of itself. Attacker-controlled. */
		readonly client?: { readonly name: string; readonly version: string };
		/** One sentence of ours: MCP does not tell the person's goal. */
		readonly unknown: string;
	};
	/** (2) What influenced the session so far. */
	readonly context: readonly LabelFact[];
	/** (3) Where it goes; action and parameters stand in the request itself. */
	readonly downstream: {
		readonly serverName: string;
		/** Command and arguments, without environment, as they were reviewed. */
		readonly launch?: string;
		/** `scheme://host:port` of every URL in the arguments that can be read. Attacker-controlled. */
		readonly hosts: readonly string[];
	};
	/** (4) As whom it acts. */
	readonly identity: {
		readonly serverId: string;
		readonly packageName?: string;
		/** Names of the environment variables that the server is given; never values. */
		readonly environment: readonly string[];
		/** 0 to 4. */
		readonly trustLevel?: number;
		/** ISO 8601; absent where nobody reviewed the server. */
		readonly reviewedAt?: string;
	};
	/** (5) Why it is asked, and what is not sure. */
	readonly rules: readonly RuleFact[];
	/** Sentences of ours, without text from outside. */
	readonly risks: readonly string[];
	/** What could not be judged; one line each. May hold names from outside. */
	readonly uncertain: readonly string[];
	/** (6) What it will do. */
	readonly effect: {
		/** One sentence of ours. */
		readonly expected: string;
		readonly reversal: Reversal;
		/** One sentence of ours: how to take it back. */
		readonly rollback: string;
		/** Who owns the rule that asks: the strictest layer among them; undefined where no rule is named. */
		readonly owner?: RuleOwner;
	};
}
