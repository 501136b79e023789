import { type Phrase } from '../../base/phrase';
import { type IdentityPolicy } from './identityPolicy';
import { type InspectionPolicy, type InspectionSaid } from './inspectionPolicy';
import { type LockedSetting } from './organisationLocks';
import { type SourcePosition } from './sourcePosition';
import { type ApprovalTerms, type RuleConditions } from './ruleConditions';

/** What a rule says about a call. `deny` beats `require_approval` beats `allow`; no rule is `deny`. */
export type Effect = 'allow' | 'require_approval' | 'deny';

/** One entry of a policy. Every condition that is present must hold. */
export interface Rule extends RuleConditions {
	/** The author's `id`, else `effect[index]` such as `deny[0]`; unique within one policy. */
	readonly id: string;
	readonly effect: Effect;
	/** `resource.action`, `resource.*` or `*`. */
	readonly capability: string;
	/** Holds by path segment. May start with `~` or `${workspaceFolder}`. */
	readonly pathPrefix?: string;
	/** Globs (glob.ts; dot files included) over canonical absolute paths. May start with `~` or `${workspaceFolder}`. */
	readonly paths?: readonly string[];
	/** Globs over the server's registered name. */
	readonly servers?: readonly string[];
	/** Globs over the tool's exact name. */
	readonly tools?: readonly string[];
	/** On `allow` only: ids of approvals of the same policy that it takes the place of, for calls that it matches (standIn.ts). */
	readonly insteadOf?: readonly string[];
	/** The author's reason: shown to people, and the reason code of a refusal. */
	readonly reason?: string;
	/** On `require_approval` only. */
	readonly approval?: ApprovalTerms;
	readonly at: SourcePosition;
}

/** `strict` refuses methods that the table of methods does not know; `balanced` passes, inspects and records them. */
export type MethodsRule = 'strict' | 'balanced';

/** `observe` records what would have been decided and lets it pass; everything else is `enforce`. */
export type PolicyMode = 'enforce' | 'observe';

/** What becomes of the compositions of policies/composition.yaml. */
export type CompositionRule = 'off' | 'require_approval' | 'deny';

/** Where a policy comes from, uppermost first (layers.ts). */
export type LayerKind = 'builtin' | 'organisation' | 'composition' | 'user' | 'workspace';

/** One policy of several that are in force together. */
export interface PolicyLayer {
	readonly kind: LayerKind;
	/** `grants`: its allow rules open something. `tightens`: only its deny and approval rules speak. */
	readonly power: 'grants' | 'tightens';
	/** Of a workspace's: the folder that it lies in, as far as its file's name says so. */
	readonly folder?: string;
	readonly policy: Policy;
}

/** A policy that parsed without an error. */
export interface Policy {
	/** `policy_name`, else the file's name. */
	readonly name: string;
	readonly file: string;
	readonly mode: PolicyMode;
	readonly methods: MethodsRule;
	readonly composition: CompositionRule;
	/** Of all layers together, where there are several. */
	readonly rules: readonly Rule[];
	/** `server/tool` → capability, as the author's `capabilities:` table says. */
	readonly capabilities: ReadonlyMap<string, string>;
	/** What becomes of what crosses; of several layers the strictest each. */
	readonly inspection: InspectionPolicy;
	/** What this text itself says of it; absent where it says nothing, and where several are in force together. */
	readonly inspectionSaid?: InspectionSaid | undefined;
	/** What servers have to prove; of several layers each is asked by itself, and of this only the mode counts. Absent: nothing is asked. */
	readonly identity?: IdentityPolicy | undefined;
	/** What this text locks for everybody on the machine; counts in a file of an organisation alone (organisationLocks.ts). */
	readonly settings?: readonly LockedSetting[] | undefined;
	/** SHA-256 of the source text, or of all sources, lower-case hex. */
	readonly digest: string;
	/** Present where several policies are in force together; each is then judged by itself (decide.ts). */
	readonly layers?: readonly PolicyLayer[];
}

/** Something wrong in a policy text. An `error` makes the whole policy decide deny. */
export interface PolicyProblem {
	readonly severity: 'error' | 'warning';
	/** Closed set, for tests and documentation. */
	readonly code:
		| 'syntax'
		| 'too-large'
		| 'duplicate-key'
		| 'unknown-key'
		| 'wrong-type'
		| 'invalid-capability'
		| 'empty-value'
		| 'invalid-pattern'
		| 'duplicate-id'
		| 'unresolved-alias'
		| 'tag'
		| 'too-broad'
		/** Has no effect where it stands, and nothing gives it one. */
		| 'ignored'
		/** An allow rule of a workspace's file that counts once the person trusts that very file. */
		| 'only-tightens'
		/** A value outside of what the key takes. */
		| 'invalid-value'
		/** A key that has no meaning in this section. */
		| 'misplaced-key'
		/** No call can ever match; an error for a deny, which then protects nothing. */
		| 'never-matches'
		/** Another rule of a stricter effect always decides first. */
		| 'shadowed'
		/** The same rule stands twice. */
		| 'duplicate-rule'
		/** A wider allow without limits lets the same calls pass. */
		| 'limits-nothing'
		/** Once `until` has passed, a wider allow lets the calls pass unasked. */
		| 'opens-later'
		/** A deny or approval of a value that a tool may take for granted where the argument is missing. */
		| 'passes-when-absent'
		/** `until` has passed. */
		| 'expired'
		/** `until` is further ahead than a suppression may reach. */
		| 'too-far'
		/** No inspection rule, or no approval that `instead_of` could mean, has this id. */
		| 'unknown-rule'
		/** An allow that reaches outside of the open folders. */
		| 'wider-than-workspace'
		/** Names a server or tool that is not among the reviewed ones. */
		| 'no-such-tool'
		/** A deny or approval that names a server, and not the second one of that name. */
		| 'second-server'
		/** A file above the person's own that others than its owner can change. */
		| 'writable-by-others';
	/** One sentence: what is wrong and what to write instead. The command line, the trail and logs have it in English. */
	readonly said: Phrase;
	readonly at: SourcePosition;
	/** End of the offending text, exclusive. */
	readonly end: { readonly line: number; readonly column: number };
}

/** What loading a policy gives. Without a policy everything is denied, and the problems say why. */
export interface PolicyLoad {
	readonly policy: Policy | undefined;
	readonly problems: readonly PolicyProblem[];
	/** The digest of the text, also when it did not parse. */
	readonly digest: string;
	readonly file: string;
}
