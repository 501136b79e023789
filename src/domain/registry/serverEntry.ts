import { digestJson } from '../../base/digest';
import { type JsonValue } from '../../base/json';
import { type CredentialReference } from './credential';
import { type Launch } from './launch';
import { type ToolPin } from './pin';
import { type SupplyPin } from './supplyPin';
import { type SurfacePins } from './surfacePin';

/**
 * `pending-review`: nobody has looked at it, or it changed. `suspended`: put to rest by drift, by a changed byte, or by a
 * person. `revoked`: final until reviewed anew. Only `approved` servers run.
 */
export type ServerStatus = 'pending-review' | 'approved' | 'suspended' | 'revoked';

/** The kinds of places that a definition can come from; which file each is, `originPlaces` says. */
export const ORIGIN_KINDS = [
	'workspace',
	'user',
	'remote-user',
	'code-workspace',
	'project',
	'github',
	'copilot',
	'claude',
	'cursor',
	'windsurf',
	'devcontainer',
	'settings',
	'command-line',
] as const;

/** Where a definition was found. */
export interface ServerOrigin {
	readonly kind: (typeof ORIGIN_KINDS)[number];
	readonly file: string;
	/** The folder that it is for, absolute, where a file outside of all folders keeps servers by folder (Claude Code's `projects`). */
	readonly project?: string;
}

/** The highest sensitivity of data that may be sent to a server; a person chooses it at review. */
export type Ceiling = 'public' | 'internal' | 'secret';

/** What an upstream called itself when it was reviewed (`serverInfo`). Attacker-controlled. */
export interface ServerIdentity {
	readonly name: string;
	readonly version: string;
}

/** One reviewed server: the registry's unit (seed 003, "Capability registry with version pinning"). */
export interface ServerEntry {
	/** {@link serverIdOf} the launch, and of {@link boundTo}. */
	readonly id: string;
	/** The name the person knows it by; the label of its guarded definition, unique in the registry. */
	readonly name: string;
	/** Counts from 1, up with every change of the entry. Recorded with each call, so that a call can be traced to a review. */
	readonly revision: number;
	readonly launch: Launch;
	readonly origin: ServerOrigin;
	/** The folder of its file, absolute, where the same launch was registered first for another place (placedServer.ts). */
	readonly boundTo?: string;
	/** The package as the definition words it, where a review put an exact version in its place. */
	readonly pinnedFrom?: string;
	/** Who answers for it; the person who guarded it, unless they said otherwise. */
	readonly owner: string;
	readonly status: ServerStatus;
	/** Why it is not approved; one line of ours, no server text. */
	readonly statusReason?: string;
	readonly ceiling: Ceiling;
	/** Absolute folders that it may be told of; absent: the folders of the workspace. */
	readonly roots?: readonly string[];
	/** What secrets it is given, without their values. */
	readonly credentials: readonly CredentialReference[];
	/** `serverInfo` and revision as reviewed; absent where the server was never live. */
	readonly identity?: ServerIdentity;
	readonly protocolVersion?: string;
	/** What was started when it was reviewed, by digest. */
	readonly supply: SupplyPin;
	readonly tools: readonly ToolPin[];
	/** Everything else that a model or a person reads of it. */
	readonly surface: SurfacePins;
	/** ISO 8601 time of the review. */
	readonly reviewedAt: string;
	/** Who reviewed it, as the system calls them. */
	readonly reviewedBy: string;
	/** Fingerprint of the publisher whose signed registry brought it; the signature held then. */
	readonly signedBy?: string;
	/** True where sessions may use one process together; else each has its own. */
	readonly shared?: true;
}

/** Digest of all that the registry says of a server: what lifecycle entries have as `before` and `after`. */
export function registryDigest(entry: ServerEntry): string {
	return digestJson(JSON.parse(JSON.stringify(entry)) as JsonValue);
}

/**
 * What the editor's tool cache must not outlive: the pins, and what the policy makes of the list of tools (`shown`, JSON)
 * (McpServerDefinition.version).
 */
export function admittedVersion(entry: ServerEntry, shown: JsonValue): string {
	return digestJson({
		id: entry.id,
		revision: entry.revision,
		status: entry.status,
		pins: entry.tools.map(pin => [pin.name, pin.digest, pin.capability]),
		shown,
	}).slice(0, 32);
}
