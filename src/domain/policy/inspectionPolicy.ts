import { type SourcePosition } from './sourcePosition';

/**
 * What becomes of a text of a server in which inspection found something, mildest first. `notice`: it passes, labelled.
 * `quote`: it is handed on as quoted evidence. `withhold`: it is kept back until a person lets it go.
 */
export type AnswerEffect = 'notice' | 'quote' | 'withhold';

/** Severities of findings, least first. */
export const SEVERITIES = ['low', 'medium', 'high'] as const;

/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** One entry of `inspection.answers`. Every condition that is present must hold. */
export interface AnswerRule {
	/** The author's `id`, else `answers[index]`. */
	readonly id: string;
	readonly effect: AnswerEffect;
	/** Holds from this severity on; `medium` where the author names none. */
	readonly severity: Severity;
	/** Globs over the server's registered name. */
	readonly servers?: readonly string[];
	/** Globs over the tool's exact name. */
	readonly tools?: readonly string[];
	readonly at: SourcePosition;
}

/** One entry of `inspection.suppress`: findings of one rule in what one server says are noted and no more. */
export interface Suppression {
	/** The server's registered name, exactly. */
	readonly server: string;
	/** Id of the inspection rule, exactly. */
	readonly rule: string;
	/** Milliseconds since 1970; from then on it counts for nothing. */
	readonly until: number;
	/** The author's reason; recorded whenever it is used. */
	readonly reason: string;
	readonly at: SourcePosition;
}

/** Kinds of personal data that are recognised by their form. */
export const PERSONAL_DATA = ['email', 'phone', 'card', 'iban', 'national-id'] as const;

/** One of {@link PERSONAL_DATA}. */
export type PersonalData = (typeof PERSONAL_DATA)[number];

/** What becomes of data that is about to leave, mildest first. */
export type OutgoingEffect = 'pass' | 'redact' | 'refuse';

/** Milliseconds that a suppression may reach into the future: whatever says more counts for nothing until then. */
export const LONGEST_SUPPRESSION_MS = 90 * 24 * 3600 * 1000;

/** What one policy text itself says of inspection; what it does not say is left to others, and then to the default. */
export interface InspectionSaid {
	readonly answers: readonly AnswerRule[];
	readonly suppress: readonly Suppression[];
	readonly resultSecrets?: 'mask' | 'pass';
	readonly outgoingSecrets?: 'refuse' | 'redact';
	readonly personalData: Readonly<Partial<Record<PersonalData, OutgoingEffect>>>;
}

/** The section `inspection` of a policy: what becomes of what crosses the boundary. */
export interface InspectionPolicy {
	/** The strictest rule that matches counts; where none does, a finding of medium or high severity is quoted. */
	readonly answers: readonly AnswerRule[];
	readonly suppress: readonly Suppression[];
	readonly results: {
		/** Secrets in results are masked before the client sees them, or pass labelled. */
		readonly secrets: 'mask' | 'pass';
	};
	readonly outgoing: {
		/** What is more sensitive than the server may be sent. */
		readonly secrets: Exclude<OutgoingEffect, 'pass'>;
		readonly personalData: Readonly<Record<PersonalData, OutgoingEffect>>;
	};
}

/** What holds where a policy says nothing about inspection. */
export const DEFAULT_INSPECTION: InspectionPolicy = {
	answers: [],
	suppress: [],
	results: { secrets: 'mask' },
	outgoing: {
		secrets: 'refuse',
		personalData: { email: 'pass', phone: 'pass', card: 'pass', iban: 'pass', 'national-id': 'pass' },
	},
};
