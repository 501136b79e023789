import { type JsonObject } from '../../base/json';
import { classOf } from './capabilityClass';
import { type EnforcementMode } from './enforcementMode';
import { modeLabel } from './modeMatrix';
import { type PrincipalState } from './principal';
import { type TrustLevel } from './trustLevel';

/** Who calls, where a badge of theirs goes with the call. */
export interface PipCaller {
	readonly did: string;
	readonly jti: string;
	readonly ial?: '0' | '1';
	readonly level?: TrustLevel;
}

/** A call as a decision service is asked about it. INVARIANT: no argument, no answer, no credential and no path is in it. */
export interface PipCall {
	/** Absent: the caller shows no badge. */
	readonly caller?: PipCaller;
	/** `resource.action`, or `unknown`. */
	readonly capability: string;
	readonly tool: string;
	readonly server: {
		/** Digest of its launch. */
		readonly id: string;
		/** The name it is registered under. */
		readonly name: string;
		readonly state?: PrincipalState;
		readonly did?: string;
		readonly level?: TrustLevel;
	};
	/** UUIDv7 of the session. */
	readonly session: string;
	readonly mode: EnforcementMode;
	/** Milliseconds since 1970. */
	readonly now: number;
	/** RFC-006 hash of the arguments; absent where none is wanted. */
	readonly paramsHash?: string;
}

/**
 * A request of `capiscio.pip.v1` (RFC-005 v1.0; identity.md §2.4), with every member that it has and no other. As upstream sends
 * them, `operation` and `mcp_tool` are the tool's name; `identifier` has the server before it, because many stand behind us.
 * What the format has no member for (who the server is, the hash of the arguments) stands in `environment`, which is open.
 */
export function pipRequest(call: PipCall): JsonObject {
	const { caller, server, tool, paramsHash } = call;
	return {
		pip_version: 'capiscio.pip.v1',
		subject: {
			did: caller?.did ?? 'anonymous',
			badge_jti: caller?.jti ?? '',
			ial: caller?.ial ?? '',
			trust_level: caller?.level ?? '',
		},
		action: { capability_class: classOf(call.capability) ?? null, operation: tool, mcp_tool: tool },
		resource: { identifier: `${server.name}/${tool}` },
		context: {
			txn_id: call.session,
			hop_id: null,
			envelope_id: null,
			delegation_depth: null,
			constraints: null,
			parent_constraints: null,
			enforcement_mode: modeLabel(call.mode),
		},
		environment: {
			pep_id: 'mcp-firewall',
			time: new Date(call.now).toISOString(),
			server_id: server.id,
			...(server.state !== undefined && { server_state: server.state }),
			...(server.did !== undefined && { server_did: server.did }),
			...(server.level !== undefined && { server_trust_level: server.level }),
			...(paramsHash !== undefined && { params_hash: paramsHash }),
		},
	};
}
