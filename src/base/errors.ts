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

/** The one error class that this product throws. `code` is for code, `message` for people; it never holds a secret. */
export class FirewallError extends Error {
	override readonly name = 'FirewallError';

	constructor(
		readonly code: FirewallErrorCode,
		message: string,
		options?: ErrorOptions,
	) {
		super(message, options);
	}
}

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** True for the error of a file that is not there (Node's `ENOENT`). */
export function isMissing(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
