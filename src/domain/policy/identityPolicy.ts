import { type EnforcementMode } from '../identity/enforcementMode';
import { type TrustLevel } from '../identity/trustLevel';
import { type SourcePosition } from './sourcePosition';

/** What a policy asks of a server's identity before a tool may run (RFC-006; identity.md §2.7, §2.8, §6.2). */
export interface IdentityTerms {
	/** The least level of a verified badge; `0` asks for none. */
	readonly minTrustLevel?: TrustLevel;
	/** A badge that holds must be there, of whatever level. */
	readonly requireBadge?: boolean;
	/** Globs (`path.Match`, toolGlob.ts) over the bare tool name; present and empty allows nothing. */
	readonly allowedTools?: readonly string[];
	/** The same, where `*` also crosses `/`; wins over {@link allowedTools}. */
	readonly deniedTools?: readonly string[];
	readonly at: SourcePosition;
}

/** Terms for whatever a pattern matches. */
export interface IdentityRequirement extends IdentityTerms {
	/** Glob over the server's registered name, a capability pattern, or `server/tool` globs. */
	readonly of: string;
}

/** The `identity:` section of a policy. For each term the most specific place that says it counts: tool, capability, server, default. */
export interface IdentityPolicy {
	readonly mode: EnforcementMode;
	/** Where `mode` is said; absent where it is not. */
	readonly modeAt?: SourcePosition;
	readonly defaults: IdentityTerms | undefined;
	readonly servers: readonly IdentityRequirement[];
	readonly capabilities: readonly IdentityRequirement[];
	readonly tools: readonly IdentityRequirement[];
}

/** Asks for nothing. Servers whose identity failed are blocked all the same. */
export const NO_IDENTITY_POLICY: IdentityPolicy = {
	mode: 'guard',
	defaults: undefined,
	servers: [],
	capabilities: [],
	tools: [],
};
