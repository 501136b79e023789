import { sha256Hex } from '../base/digest';
import { isJsonObject } from '../base/json';
import { canonicalArguments, paramsHash } from '../domain/audit/paramsHash';
import { type Caller, decideToolAccess, provenCaller, type ToolAccess } from '../domain/identity/toolAccess';
import { TOOL_CODES } from '../domain/identity/toolCodes';
import { systemIds } from '../storage/system';
import { askService } from './askService';
import { type CallerContext, type CallerCredential, currentCaller } from './callerCredential';
import { compileGuard, type CompiledGuard } from './compiledGuard';
import { evidenceRecord, type EvidenceRecord } from './evidenceRecord';
import { type GuardConfig } from './guardConfig';
import { type GuardResult } from './guardResult';

/**
 * Decides whether a caller may run a tool and writes the evidence, for servers that enforce by themselves. The credential is the
 * given one, else that of {@link withCaller}, else anonymous. Rejects with a GuardConfigError for a bad configuration; for
 * whatever a caller sends it resolves. A call whose evidence cannot be written is denied.
 */
export async function evaluateToolAccess(
	toolName: string,
	params: Readonly<Record<string, unknown>> | undefined,
	credential?: CallerCredential,
	config?: GuardConfig,
): Promise<GuardResult> {
	const context = credential === undefined ? currentCaller() : { credential };
	return (await evaluate(toolName, params, context, compileGuard(config))).result;
}

/**
 * Verifies who calls, for {@link guardSync} below: `withCaller(await verifyCredential(credential, config), () => …)`. Never
 * rejects for what a credential says; rejects with a GuardConfigError.
 */
export async function verifyCredential(credential: CallerCredential, config?: GuardConfig): Promise<CallerContext> {
	return { credential, caller: await verifyCaller({ credential }, compileGuard(config)) };
}

/** The hash of arguments by RFC 8785 and SHA-256 (RFC-006 `params_hash`). Throws a TypeError for what has no canonical form. */
export function computeParamsHash(params: Readonly<Record<string, unknown>> = {}): string {
	const hash = hashOf(params);
	if (hash === undefined) {
		throw new TypeError('The parameters have no canonical JSON form (RFC 8785).');
	}
	return hash;
}

/** The same over a configuration that was checked. */
export async function evaluate(
	tool: string,
	params: unknown,
	context: CallerContext | undefined,
	guard: CompiledGuard,
): Promise<{ readonly result: GuardResult; readonly caller: Caller }> {
	const caller = await verifyCaller(context, guard);
	const own = decideToolAccess(tool, caller, guard.terms);
	const { access, decisionId } =
		own.decision === 'ALLOW' && guard.decisionPoint !== undefined
			? await askService(tool, caller, guard.decisionPoint, { ...guard, paramsHash: hashOf(params) })
			: { access: own, decisionId: undefined };
	const result = conclude(tool, params, caller, { access, decisionId }, guard);
	return { caller, result: (await isKept(result.evidence, guard)) ? result : unkept(result, guard) };
}

/** Decides without waiting, over a caller that was verified before. */
export function evaluateNow(
	tool: string,
	params: unknown,
	context: CallerContext | undefined,
	guard: CompiledGuard,
): GuardResult {
	const caller = stillHolding(verifiedBefore(context), guard.now());
	const access: ToolAccess =
		guard.decisionPoint === undefined
			? decideToolAccess(tool, caller, guard.terms)
			: internalError('A decision service cannot be asked by a function that does not wait.');
	const result = conclude(tool, params, caller, { access, decisionId: undefined }, guard);
	try {
		guard.evidence.keepNow(result.evidence);
		return result;
	} catch {
		return unkept(result, guard);
	}
}

/** Who a credential shows. Never rejects: what cannot be verified does not hold. */
export async function verifyCaller(context: CallerContext | undefined, guard: CompiledGuard): Promise<Caller> {
	const { badge, apiKey } = context?.credential ?? {};
	if (badge === undefined) {
		return { kind: apiKey === undefined ? 'anonymous' : 'apikey' };
	}
	try {
		return { kind: 'badge', result: await guard.verifier.verify(badge) };
	} catch {
		return { kind: 'unverified' };
	}
}

/** Who was verified before; whoever shows a badge that nobody looked at is not anonymous. */
function verifiedBefore(context: CallerContext | undefined): Caller {
	const { badge, apiKey } = context?.credential ?? {};
	const unseen = badge === undefined ? (apiKey === undefined ? 'anonymous' : 'apikey') : 'unverified';
	return context?.caller ?? { kind: unseen };
}

/** A badge may have ended since; 60 s of skew as when it was verified (RFC-002 §8.1). */
function stillHolding(caller: Caller, now: number): Caller {
	return caller.kind === 'badge' && caller.result.ok && caller.result.badge.exp <= now / 1000 - 60
		? { kind: 'badge', result: { ok: false, code: 'BADGE_EXPIRED', detail: 'The badge has expired.' } }
		: caller;
}

interface Outcome {
	readonly access: ToolAccess;
	readonly decisionId: string | undefined;
}

function conclude(
	tool: string,
	params: unknown,
	caller: Caller,
	{ access, decisionId }: Outcome,
	guard: CompiledGuard,
): GuardResult {
	const { did, jti, level } = provenCaller(caller);
	const id = systemIds.uuid();
	const evidence = evidenceRecord({
		...{ id, at: guard.now(), tool, caller, access, decisionId, paramsHash: hashOf(params) },
		...{ policyVersion: guard.policyVersion, policyDigest: guard.policyDigest, serverOrigin: guard.serverOrigin },
	});
	const who = did ?? 'anonymous';
	if (access.decision === 'DENY') {
		guard.log(
			'info',
			`denied ${JSON.stringify(tool)} to ${who}: ${access.code}, ${access.detail} (evidence ${id})`,
		);
	} else {
		guard.log('debug', `allowed ${JSON.stringify(tool)} to ${who} (evidence ${id})`);
	}
	return Object.freeze({
		decision: access.decision,
		...(access.decision === 'DENY' && {
			...{ denyReason: access.reason, denyCode: access.code, denyDetail: access.detail },
			...(access.cause !== undefined && { cause: access.cause }),
		}),
		agentDid: did ?? '',
		...(jti !== undefined && { badgeJti: jti }),
		authLevel: did === undefined ? 'anonymous' : 'badge',
		trustLevel: level ?? null,
		...{ evidenceId: id, evidence },
	});
}

/** INVARIANT: a tool whose call cannot be recorded does not run. */
function unkept(result: GuardResult, guard: CompiledGuard): GuardResult {
	guard.log('error', `evidence ${result.evidenceId} could not be written`);
	return result.decision === 'DENY'
		? result
		: Object.freeze({
				...result,
				...{ decision: 'DENY', denyReason: 'internal_error', denyCode: TOOL_CODES.internal_error },
				denyDetail: 'The evidence could not be written.',
			} as const);
}

async function isKept(record: EvidenceRecord, guard: CompiledGuard): Promise<boolean> {
	try {
		await guard.evidence.keep(record);
		return true;
	} catch {
		return false;
	}
}

function internalError(detail: string): ToolAccess {
	return { decision: 'DENY', reason: 'internal_error', code: TOOL_CODES.internal_error, detail };
}

/** Absent arguments are `{}`; what is no object has no hash. */
function hashOf(params: unknown = {}): string | undefined {
	try {
		const canonical = isJsonObject(params) ? canonicalArguments(params) : undefined;
		return canonical === undefined ? undefined : paramsHash(canonical, bytes => sha256Hex(bytes));
	} catch {
		return undefined;
	}
}
