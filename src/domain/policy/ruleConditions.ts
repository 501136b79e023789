import { type SessionLabel } from './sessionLabel';

/** Who asks: the client its server, or a server its client (sampling, elicitation, roots). */
export type Direction = 'client' | 'server';

/** A JSON value without parts. */
export type ScalarValue = string | number | boolean | null;

/** What one argument must be; everything that is present must hold. */
export interface ArgCondition {
	/** JSON pointer (RFC 6901) of the argument. */
	readonly pointer: string;
	readonly equals?: ScalarValue;
	readonly oneOf?: readonly ScalarValue[];
	/** RE2 pattern: of an allow, the whole text matches; of a deny or approval, some part of it, over line breaks too. */
	readonly matches?: string;
	/**
	 * Programs with the words that have to follow them. Of an allow, the argument is one plain command that starts so; of
	 * a deny or approval, one that names such a program anywhere or of which nothing can be told (plainCommand.ts).
	 */
	readonly programs?: readonly string[];
	/** Bounds of a finite number, both included. */
	readonly range?: { readonly min?: number; readonly max?: number };
	/** Of a text in UTF-16 units, or of a list in items. */
	readonly maxLength?: number;
}

/** How much a rule lets pass. The host counts by rule id. */
export interface RuleLimits {
	readonly callsPerMinute?: number;
	readonly callsPerSession?: number;
	readonly bytesPerSession?: number;
}

/** How long an answer to an approval may be remembered. */
export type ApprovalScope = 'once' | 'session' | 'hour' | 'workspace';

/** What an approval offers; absent means the host's default. */
export interface ApprovalTerms {
	/** Seconds that a person has to answer. */
	readonly timeout?: number;
	readonly scopes?: readonly ApprovalScope[];
}

/** The conditions of a rule beyond capability, names and paths. Every one that is present must hold. */
export interface RuleConditions {
	/** Entries of hostPattern.ts over the URLs in the arguments: a deny needs one URL to fit, an allow all of them. */
	readonly hosts?: readonly string[];
	readonly args?: readonly ArgCondition[];
	/** Some string or number leaf contains the text, whatever its case. */
	readonly contains?: string;
	/** Some leaf contains one of these, whatever its case. */
	readonly keywords?: readonly string[];
	/** One of these RE2 patterns is found in some leaf. */
	readonly leafPatterns?: readonly string[];
	/** What the session has touched; all must be present. */
	readonly labels?: readonly SessionLabel[];
	/** The least level of trust, 0 to 4. */
	readonly trustLevel?: number;
	readonly direction?: Direction;
	readonly limits?: RuleLimits;
	/** Milliseconds since 1970 from which on an allow or approval no longer counts. */
	readonly until?: number;
}
