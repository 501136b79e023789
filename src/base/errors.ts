import { inEnglish, type Phrase, verbatim } from './phrase';

/** Every way in which a promise of this code base can be broken. Expected outcomes are values, not errors. */
export type FirewallErrorCode =
	| 'aborted'
	| 'config-invalid'
	| 'deadline-exceeded'
	| 'endpoint-unavailable'
	| 'export-failed'
	| 'journal-unwritable'
	| 'journal-unreadable'
	| 'message-invalid'
	| 'registry-invalid'
	| 'upstream-failed'
	| 'usage';

/**
 * The one error class that this product throws. `code` is for code, `message` for people; it never holds a secret. Where it was
 * made of a phrase, `message` is what that says in English, for agents, the trail and the log.
 */
export class FirewallError extends Error {
	override readonly name = 'FirewallError';
	/** The message, for whoever shows it to a person. */
	readonly said: Phrase;

	constructor(
		readonly code: FirewallErrorCode,
		message: string | Phrase,
		options?: ErrorOptions,
	) {
		super(typeof message === 'string' ? message : inEnglish(message), options);
		this.said = typeof message === 'string' ? verbatim(message) : message;
	}
}

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** The text of anything that was thrown, for whoever shows it to a person: the words of others stay as they are. */
export function errorPhrase(error: unknown): Phrase {
	return error instanceof FirewallError ? error.said : verbatim(errorText(error));
}

/** True for the error of a file that is not there (Node's `ENOENT`). */
export function isMissing(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
