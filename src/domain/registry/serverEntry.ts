import { digestJson } from '../../base/digest';
import { type Launch } from './launch';
import { type ToolPin } from './pin';

/** `revoked` is final until reviewed anew; `suspended` waits for a review. Only `approved` servers run. */
export type ServerStatus = 'approved' | 'suspended' | 'revoked';

/** Where a definition was found. */
export interface ServerOrigin {
	readonly kind: 'workspace' | 'user' | 'command-line';
	readonly file: string;
}

/** One reviewed server: the registry's unit. */
export interface ServerEntry {
	/** {@link serverIdOf} the launch. */
	readonly id: string;
	/** The name the person knows it by; the label of its guarded definition, unique in the registry. */
	readonly name: string;
	readonly launch: Launch;
	readonly origin: ServerOrigin;
	readonly status: ServerStatus;
	readonly tools: readonly ToolPin[];
	/** ISO 8601 time of the review. */
	readonly reviewedAt: string;
	/** True where sessions may use one process together; else each has its own. */
	readonly shared?: true;
}

/** What the editor's tool cache must not outlive: the pins and the policy (McpServerDefinition.version). */
export function admittedVersion(entry: ServerEntry, policyDigest: string): string {
	return digestJson({
		id: entry.id,
		status: entry.status,
		pins: entry.tools.map(pin => [pin.name, pin.digest, pin.capability]),
		policy: policyDigest,
	}).slice(0, 32);
}
