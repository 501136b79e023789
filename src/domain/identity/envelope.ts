import { hexToBytes } from '@noble/hashes/utils.js';
import { toBase64Url } from '../../base/base64Url';
import { isCount, isJsonObject, type JsonObject, type JsonValue, ownMember } from '../../base/json';
import { sha256Hex } from '../../base/digest';
import { isCapabilityClass, isWithinClass } from './capabilityClass';
import { isPlainHeader, readCompactJws, readJson, verifyCompactJws } from './compactJws';
import { parseDid } from './did';
import { type EnforcementMode, stricterMode } from './enforcementMode';
import { modeOfLabel } from './modeMatrix';
import { type PublicJwk } from './publicJwk';

/** `typ` of an envelope (RFC-008 v1.1). */
export const ENVELOPE_TYP = 'capiscio-authority-envelope+jws';

/** Bytes of a payload, and envelopes in a chain. */
const MAX_PAYLOAD = 8 * 1024;
const MAX_CHAIN = 10;
const MAX_TEXT = 512;
const MAX_KEYS = 5;

/** Why an envelope gives no authority (RFC-008 §9; the last is the reference's). */
export const ENVELOPE_ERRORS = [
	'ENVELOPE_KEY_NOT_BOUND',
	'ENVELOPE_MALFORMED',
	'ENVELOPE_SIGNATURE_INVALID',
	'ENVELOPE_ALGORITHM_FORBIDDEN',
	'ENVELOPE_EXPIRED',
	'ENVELOPE_NOT_YET_VALID',
	'ENVELOPE_BADGE_BINDING_FAILED',
	'ENVELOPE_CHAIN_BROKEN',
	'ENVELOPE_NARROWING_VIOLATION',
	'ENVELOPE_CHAIN_TOO_DEEP',
	'ENVELOPE_DEPTH_EXCEEDED',
	'ENVELOPE_SCOPE_INSUFFICIENT',
	'ENVELOPE_CAPABILITY_INVALID',
	'ENVELOPE_PAYLOAD_TOO_LARGE',
] as const;

/** One of {@link ENVELOPE_ERRORS}. */
export type EnvelopeErrorCode = (typeof ENVELOPE_ERRORS)[number];

/** What an envelope says (RFC-008 §6). Times are unix seconds. */
export interface Envelope {
	readonly envelope_id: string;
	readonly issuer_did: string;
	readonly subject_did: string;
	readonly txn_id: string;
	/** Lower-case hex SHA-256 of the parent's compact JWS; null at the root. */
	readonly parent_authority_hash: string | null;
	readonly capability_class: string;
	readonly constraints: JsonObject;
	readonly delegation_depth_remaining: number;
	/** Raises the mode for what runs under it, never lowers it. */
	readonly enforcement_mode_min?: EnforcementMode;
	readonly issued_at: number;
	readonly expires_at: number;
	readonly issuer_badge_jti: string;
	/** Null only at the root. */
	readonly subject_badge_jti: string | null;
}

/** What a derived envelope is held against. */
export type Delegation = Pick<
	Envelope,
	'issuer_did' | 'subject_did' | 'capability_class' | 'delegation_depth_remaining' | 'issued_at' | 'expires_at'
>;

/** An envelope, or the code of what is wrong. Nothing throws. */
export type EnvelopeResult<T> =
	{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: EnvelopeErrorCode };

/** What a chain is verified with. */
export interface EnvelopeCheck {
	/** Keys bound to a DID, by whoever resolves it; empty: none are known. */
	readonly keysOf: (did: string) => Promise<readonly PublicJwk[]>;
	/** The badge that was presented with it. */
	readonly badgeJti: string;
	/** The class of what is to be done. */
	readonly capability: string;
	/** Unix seconds. */
	readonly now: number;
}

/** Reads what a payload says; attacker-controlled. Unknown members are ignored, a known one of another form is not. */
export function readEnvelope(payload: JsonValue | undefined): EnvelopeResult<Envelope> {
	const own = (key: string) => ownMember(isJsonObject(payload) ? payload : undefined, key);
	const capability = own('capability_class');
	const ids = {
		envelope_id: own('envelope_id'),
		issuer_did: own('issuer_did'),
		subject_did: own('subject_did'),
		txn_id: own('txn_id'),
		issuer_badge_jti: own('issuer_badge_jti'),
	};
	const parent = own('parent_authority_hash');
	const subjectBadge = own('subject_badge_jti');
	const numbers = {
		delegation_depth_remaining: own('delegation_depth_remaining'),
		issued_at: own('issued_at'),
		expires_at: own('expires_at'),
	};
	const constraints = own('constraints');
	const least = own('enforcement_mode_min') ?? null;
	const mode = modeOfLabel(least);
	if (
		!areTexts(ids) ||
		!areCounts(numbers) ||
		!(parent === null || (typeof parent === 'string' && /^[0-9a-f]{64}$/.test(parent))) ||
		!(isText(subjectBadge) || (subjectBadge === null && parent === null)) ||
		!isJsonObject(constraints) ||
		(least !== null && mode === undefined) ||
		numbers.expires_at <= numbers.issued_at
	) {
		return wrong('ENVELOPE_MALFORMED');
	}
	return isCapabilityClass(capability)
		? right({
				...{ ...ids, ...numbers, parent_authority_hash: parent, subject_badge_jti: subjectBadge },
				...{ capability_class: capability, constraints },
				...(mode !== undefined && { enforcement_mode_min: mode }),
			})
		: wrong('ENVELOPE_CAPABILITY_INVALID');
}

/**
 * What is wrong with a derived envelope under its parent (RFC-008 §8): authority only narrows. Whether the constraints do is for
 * whoever understands them. Undefined where nothing is.
 */
export function narrowingError(child: Delegation, parent: Delegation): EnvelopeErrorCode | undefined {
	if (child.issuer_did !== parent.subject_did) {
		return 'ENVELOPE_CHAIN_BROKEN';
	}
	if (parent.delegation_depth_remaining === 0) {
		return 'ENVELOPE_DEPTH_EXCEEDED';
	}
	return isWithinClass(child.capability_class, parent.capability_class) &&
		child.issued_at >= parent.issued_at &&
		child.expires_at <= parent.expires_at &&
		child.delegation_depth_remaining < parent.delegation_depth_remaining
		? undefined
		: 'ENVELOPE_NARROWING_VIOLATION';
}

/** What a chain amounts to. */
export interface VerifiedAuthority {
	readonly leaf: Envelope;
	/** Links above the leaf. */
	readonly depth: number;
	/** `sha256:` and base64url over the leaf, as evidence names it (RFC-004 v0.4 §8.7). */
	readonly envelopeHash: string;
	/** The strictest mode that one of them asks for. */
	readonly leastMode?: EnforcementMode;
}

/**
 * Verifies envelopes from the root to the leaf, compact JWS each (RFC-008 §9.2): keys bound to who issued them, signatures, times,
 * the badge that came along, the chain, and the class of what is to be done. Never throws and never rejects unless `keysOf` does.
 */
export async function verifyEnvelopes(
	tokens: readonly string[],
	check: EnvelopeCheck,
): Promise<EnvelopeResult<VerifiedAuthority>> {
	if (tokens.length > MAX_CHAIN) {
		return wrong('ENVELOPE_CHAIN_TOO_DEEP');
	}
	const chain: Envelope[] = [];
	for (const token of tokens) {
		const read = await verifyOne(token, check);
		if (!read.ok) {
			return read;
		}
		chain.push(read.value);
	}
	const leaf = chain.at(-1);
	const last = tokens.at(-1);
	if (leaf === undefined || last === undefined) {
		return wrong('ENVELOPE_MALFORMED');
	}
	if (leaf.issuer_badge_jti !== check.badgeJti && leaf.subject_badge_jti !== check.badgeJti) {
		return wrong('ENVELOPE_BADGE_BINDING_FAILED');
	}
	const broken = chainError(chain, tokens);
	if (broken !== undefined) {
		return wrong(broken);
	}
	if (!isCapabilityClass(check.capability)) {
		return wrong('ENVELOPE_CAPABILITY_INVALID');
	}
	if (!isWithinClass(check.capability, leaf.capability_class)) {
		return wrong('ENVELOPE_SCOPE_INSUFFICIENT');
	}
	const modes = chain.flatMap(({ enforcement_mode_min: mode }) => (mode === undefined ? [] : [mode]));
	return right({
		...{ leaf, depth: chain.length - 1, envelopeHash: envelopeHash(last) },
		...(modes.length > 0 && { leastMode: modes.reduce(stricterMode) }),
	});
}

/** `sha256:` and base64url of SHA-256 over a compact JWS. */
export function envelopeHash(token: string): string {
	return `sha256:${toBase64Url(hexToBytes(sha256Hex(token)))}`;
}

function chainError(chain: readonly Envelope[], tokens: readonly string[]): EnvelopeErrorCode | undefined {
	return chain
		.map((envelope, at): EnvelopeErrorCode | undefined => {
			const parent = chain[at - 1];
			const parentToken = tokens[at - 1];
			if (parent === undefined || parentToken === undefined) {
				// A derived one without what it is derived from.
				return envelope.parent_authority_hash === null ? undefined : 'ENVELOPE_CHAIN_BROKEN';
			}
			return envelope.parent_authority_hash === sha256Hex(parentToken)
				? narrowingError(envelope, parent)
				: 'ENVELOPE_CHAIN_BROKEN';
		})
		.find(code => code !== undefined);
}

async function verifyOne(token: string, { keysOf, now }: EnvelopeCheck): Promise<EnvelopeResult<Envelope>> {
	const jws = readCompactJws(token);
	if (jws?.header.typ !== ENVELOPE_TYP) {
		return wrong('ENVELOPE_MALFORMED');
	}
	if (!isPlainHeader(jws.header, ENVELOPE_TYP)) {
		return wrong('ENVELOPE_ALGORITHM_FORBIDDEN');
	}
	if (jws.payload.length > MAX_PAYLOAD) {
		return wrong('ENVELOPE_PAYLOAD_TOO_LARGE');
	}
	const read = readEnvelope(readJson(jws.payload));
	if (!read.ok) {
		return read;
	}
	const { issuer_did: issuer, issued_at: issued, expires_at: expires } = read.value;
	const { kid } = jws.header;
	const bound = typeof kid === 'string' && kid.startsWith(`${issuer}#`) && parseDid(issuer) !== undefined;
	const keys = bound ? await keysOf(issuer) : [];
	if (keys.length === 0) {
		return wrong('ENVELOPE_KEY_NOT_BOUND');
	}
	const signed = await Promise.all(
		keys.slice(0, MAX_KEYS).map(key => verifyCompactJws(token, key, { typ: ENVELOPE_TYP })),
	);
	if (signed.every(payload => payload === undefined)) {
		return wrong('ENVELOPE_SIGNATURE_INVALID');
	}
	if (now >= expires) {
		return wrong('ENVELOPE_EXPIRED');
	}
	return issued > now ? wrong('ENVELOPE_NOT_YET_VALID') : read;
}

function areTexts<K extends string>(
	members: Readonly<Record<K, JsonValue | undefined>>,
): members is Readonly<Record<K, string>> {
	return Object.values(members).every(value => isText(value as JsonValue | undefined));
}

function areCounts<K extends string>(
	members: Readonly<Record<K, JsonValue | undefined>>,
): members is Readonly<Record<K, number>> {
	return Object.values(members).every(isCount);
}

function isText(value: JsonValue | undefined): value is string {
	return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT;
}

function right<T>(value: T): EnvelopeResult<T> {
	return { ok: true, value };
}

function wrong(code: EnvelopeErrorCode): { readonly ok: false; readonly code: EnvelopeErrorCode } {
	return { ok: false, code };
}
