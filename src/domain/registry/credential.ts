/** Where a secret goes when its server is started or reached. */
export type CredentialKind =
	/** A variable of the server's environment; `name` is its name. */
	| 'env'
	/** A header of every request to the server; `name` is its name. */
	| 'header'
	/** A part of an argument, the URL or another text of the launch: `${credential:NAME}` or `${input:NAME}`. */
	| 'variable'
	/** Tokens that the firewall got for itself by OAuth; `name` is the address of the issuer. */
	| 'oauth';

/** A secret that one server is given, without its value, which lives in the editor's secret storage. */
export interface CredentialReference {
	readonly kind: CredentialKind;
	readonly name: string;
	/** ISO 8601 time at which the value was stored, or replaced by a rotation. */
	readonly storedAt: string;
	/** True once a person revoked it: the server is not started without a new value. */
	readonly revoked?: true;
}
