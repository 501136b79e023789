import { describe, expect, it } from 'vitest';
import { type BadgeErrorCode } from '../../../src/domain/identity/badge';
import { BREAK_GLASS_TYP } from '../../../src/domain/identity/breakGlass';
import { DISCOVERY_PATH } from '../../../src/domain/identity/disclosure';
import { ENVELOPE_ERRORS, ENVELOPE_TYP } from '../../../src/domain/identity/envelope';
import { EVIDENCE_SCHEMA } from '../../../src/domain/identity/evidence';
import { readDecision } from '../../../src/domain/identity/readDecision';
import { type PrincipalState, type ServerErrorCode } from '../../../src/domain/identity/principal';
import { LEGACY_PROOF_TYP, PROOF_TYP } from '../../../src/domain/identity/proofOfPossession';
import { TOOL_CODES, type ToolCode } from '../../../src/domain/identity/toolCodes';
import { TRUST_LEVEL_NAMES, TRUST_LEVELS } from '../../../src/domain/identity/trustLevel';
import { DECISION_MS } from '../../../src/proxy/decision/httpDecisionPoint';
import { vectors } from './vectors';

interface Codes {
	readonly rfc006: {
		readonly auth_level: Readonly<Record<string, readonly string[]>>;
		readonly decision: Readonly<Record<string, readonly string[]>>;
		readonly tool_error_codes: Readonly<Record<string, readonly string[]>>;
		readonly python_deny_reason: readonly string[];
		readonly deny_reason_to_tool_code: Readonly<Record<string, string>>;
	};
	readonly rfc007: {
		readonly state: readonly string[];
		readonly error_spec: readonly string[];
		readonly error_core_only: readonly string[];
		readonly discovery_path: string;
	};
	readonly rfc002: { readonly trust_levels: readonly object[]; readonly errors: readonly string[] };
	readonly typ_values: Readonly<Record<string, string>>;
	readonly rfc008_errors: Readonly<Record<string, unknown>> & { readonly _core_only: readonly string[] };
	readonly limits: Readonly<Record<string, number>>;
}

const codes = vectors<Codes>('codes');
const sorted = (values: readonly string[]) => [...values].sort();

// Types cannot be listed at run time: a record with every member of one has no gap that the compiler would not see.
const BADGE: Record<BadgeErrorCode, true> = {
	...{ BADGE_MALFORMED: true, BADGE_SIGNATURE_INVALID: true, BADGE_EXPIRED: true, BADGE_NOT_YET_VALID: true },
	...{ BADGE_ISSUER_UNTRUSTED: true, BADGE_AUDIENCE_MISMATCH: true, BADGE_REVOKED: true, BADGE_CLAIMS_INVALID: true },
	...{ BADGE_AGENT_DISABLED: true, REVOCATION_CHECK_FAILED: true },
};
const STATES: Record<PrincipalState, true> = {
	...{ VERIFIED_PRINCIPAL: true, DECLARED_PRINCIPAL: true, UNVERIFIED_ORIGIN: true },
};
const SERVER: Record<ServerErrorCode, true> = {
	...{ SERVER_IDENTITY_MISSING: true, SERVER_BADGE_MISSING: true, SERVER_BADGE_INVALID: true },
	...{ SERVER_BADGE_REVOKED: true, SERVER_TRUST_INSUFFICIENT: true, SERVER_DID_MISMATCH: true },
	...{ SERVER_ISSUER_UNTRUSTED: true, SERVER_DOMAIN_MISMATCH: true, SERVER_PATH_MISMATCH: true },
	...{ SERVER_DID_RESOLUTION_FAILED: true, SERVER_POP_FAILED: true, SERVER_POP_EXPIRED: true },
	SERVER_KEY_FETCH_FAILED: true,
};
const TOOL: Record<ToolCode, true> = {
	...{ TOOL_AUTH_MISSING: true, TOOL_BADGE_INVALID: true, TOOL_BADGE_REVOKED: true, TOOL_TRUST_INSUFFICIENT: true },
	...{ TOOL_NOT_FOUND: true, TOOL_ISSUER_UNTRUSTED: true, TOOL_POLICY_DENIED: true, TOOL_SCOPE_INSUFFICIENT: true },
	...{ TOOL_ENVELOPE_INVALID: true, TOOL_ENVELOPE_EXPIRED: true, TOOL_ENVELOPE_SCOPE: true, UNSPECIFIED: true },
};

describe('codes are those of the RFCs (codes.json)', () => {
	it('of badges, states and servers', () => {
		expect(sorted(Object.keys(BADGE))).toEqual(sorted(codes.rfc002.errors));
		expect(sorted(Object.keys(STATES))).toEqual(sorted(codes.rfc007.state));
		expect(sorted(Object.keys(SERVER))).toEqual(
			sorted([...codes.rfc007.error_spec, ...codes.rfc007.error_core_only]),
		);
	});

	it('of tools: all that the RFCs and the reference have, and UNSPECIFIED', () => {
		const all = Object.values(codes.rfc006.tool_error_codes).flat();
		expect(sorted(Object.keys(TOOL))).toEqual(sorted([...all, 'UNSPECIFIED']));
	});

	it('of deny reasons, but for a tool that is there and not allowed (identity.md §6.3)', () => {
		const reasons = codes.rfc006.deny_reason_to_tool_code;
		const ours = Object.entries(TOOL_CODES).filter(([reason]) => reason !== 'internal_error');
		expect(sorted(ours.map(([reason]) => reason.toUpperCase()))).toEqual(sorted(Object.keys(reasons)));
		for (const [reason, code] of ours) {
			const theirs = reasons[reason.toUpperCase()];
			expect(code).toBe(theirs === 'TOOL_NOT_FOUND' ? 'TOOL_POLICY_DENIED' : theirs);
		}
		expect(sorted(Object.keys(TOOL_CODES))).toEqual(
			sorted([...codes.rfc006.python_deny_reason, 'scope_insufficient']),
		);
	});

	it('of envelopes', () => {
		const { _core_only: more, ...spec } = codes.rfc008_errors;
		expect(sorted(ENVELOPE_ERRORS)).toEqual(sorted([...Object.keys(spec), ...more]));
	});

	it('of levels, evidence and decisions', () => {
		expect(TRUST_LEVELS.map(level => ({ level, ...TRUST_LEVEL_NAMES[level] }))).toEqual(codes.rfc002.trust_levels);
		const { properties } = EVIDENCE_SCHEMA;
		expect(sorted(properties['capiscio.auth.level'].enum)).toEqual(
			sorted(codes.rfc006.auth_level['spec_v0.4'] ?? []),
		);
		expect(properties['capiscio.decision'].enum).toEqual(codes.rfc006.decision.spec);
		for (const decision of codes.rfc006.decision.pip_v1 ?? []) {
			expect(readDecision('pip', JSON.stringify({ decision, decision_id: 'd' }), '').kind).toBe('decided');
		}
		for (const decision of codes.rfc006.decision.pep_telemetry_extra ?? []) {
			expect(readDecision('pip', JSON.stringify({ decision, decision_id: 'd' }), '').kind).toBe('unavailable');
		}
	});

	it('of `typ`: each thing that is signed has its own, and none of ours passes for another', () => {
		expect([LEGACY_PROOF_TYP, ENVELOPE_TYP]).toEqual([
			codes.typ_values.server_pop,
			codes.typ_values.envelope_rfc008,
		]);
		const all = [...Object.values(codes.typ_values), PROOF_TYP, BREAK_GLASS_TYP];
		expect(new Set(all).size).toBe(all.length);
	});

	it('of places and limits', () => {
		expect(DISCOVERY_PATH).toBe(codes.rfc007.discovery_path);
		expect(DECISION_MS).toBe(codes.limits.pdp_timeout_ms);
	});
});

describe('vectors of what is not spoken here', () => {
	// misc.htu_byte_equality (RFC-003, issuance of badges) and misc.hop_query_normalisation, misc.mcp_htu (RFC-004, hops): we issue no
	// badge with proof of possession and sign no hop, so nothing would use such functions. They stay in the file for whoever does.
	it('are there, so that nobody thinks they were lost', () => {
		const misc = vectors<Record<string, { readonly source: string }>>('misc');
		expect(misc.htu_byte_equality?.source).toMatch(/^RFC-003/);
		expect([misc.hop_query_normalisation?.source, misc.mcp_htu?.source].join()).toMatch(/^RFC-004.*RFC-004/);
	});
});
