import { type ServerErrorCode, type PrincipalState } from '../domain/identity/principal';
import { type DenyReason } from '../domain/identity/toolCodes';
import { type TrustLevel } from '../domain/identity/trustLevel';
import { type GuardResult } from './guardResult';

/**
 * A tool was not run. Its text is the code and the id of the evidence, nothing that says what would have sufficed: it may be
 * shown to whoever called (RFC-008 §9.3). `detail` is for the server's own log.
 */
export class GuardError extends Error {
	readonly reason: DenyReason;
	readonly detail: string;
	readonly evidenceId: string;
	/** DID of the caller, where a badge of it holds; empty otherwise. */
	readonly agentDid: string;
	/** Level of a badge that holds; null is not `0`. */
	readonly trustLevel: TrustLevel | null;
	readonly result: GuardResult;

	constructor(result: GuardResult) {
		super(`${result.denyCode ?? 'UNSPECIFIED'} (evidence ${result.evidenceId})`);
		this.name = 'GuardError';
		this.reason = result.denyReason ?? 'internal_error';
		this.detail = result.denyDetail ?? '';
		this.evidenceId = result.evidenceId;
		this.agentDid = result.agentDid;
		this.trustLevel = result.trustLevel;
		this.result = result;
	}
}

/** The configuration says something that cannot be meant. Thrown where a guard is made, never while a call is decided. */
export class GuardConfigError extends Error {
	override readonly name = 'GuardConfigError';
}

/** A server's identity did not verify (RFC-007 §7.2). */
export class ServerVerifyError extends Error {
	override readonly name = 'ServerVerifyError';

	constructor(
		/** The gravest error. */
		readonly errorCode: ServerErrorCode,
		readonly detail: string,
		readonly state: PrincipalState,
		/** What it discloses, unproven; attacker-controlled. */
		readonly serverDid: string | undefined,
	) {
		super(`${errorCode}: ${detail}`);
	}
}

/** A registry did not register a server, or issued no badge. */
export class RegistrationError extends Error {
	override readonly name = 'RegistrationError';

	constructor(
		message: string,
		/** HTTP status of the answer; undefined where there was none. */
		readonly statusCode?: number,
	) {
		super(message);
	}
}

/** A key pair could not be made or stored. */
export class KeyGenerationError extends Error {
	override readonly name = 'KeyGenerationError';
}
