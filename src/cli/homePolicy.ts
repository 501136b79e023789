import { dirname, join } from 'node:path';
import { type HomeRecord } from '../storage/discoveryRecord';
import { systemPolicyFile } from '../storage/organisationFile';
import { type PolicyFilesOptions } from '../storage/policyReading';

/** The file by which a workspace may tighten the policy. */
const WORKSPACE_POLICY = join('.vscode', 'mcp-firewall.yaml');

/** Which files make the policy of a server that is guarded without a window. */
export type HomePolicyFiles = PolicyFilesOptions & { readonly organisation: readonly string[] };

/**
 * The layers as a window with this folder would have them, or one with a folder above: a client may work somewhere inside of
 * what the editor has open, and a policy of a folder does more than tighten only with a digest that the person trusted.
 */
export function homePolicyFiles({ policy }: Pick<HomeRecord, 'policy'>, folder: string): HomePolicyFiles {
	const { base, required, composition, trustedFiles } = policy;
	const system = systemPolicyFile(process.platform);
	return {
		...{ base, required, composition, system },
		presets: { folder: dirname(composition), chosen: 'balanced' },
		organisation: [...new Set([system, ...policy.organisation])],
		workspace: withParents(folder).map(each => join(each, WORKSPACE_POLICY)),
		trust: {
			workspaceTrusted: true,
			trustedDigests: new Set(),
			trustedFiles: new Map(Object.entries(trustedFiles)),
		},
	};
}

function withParents(folder: string): readonly string[] {
	const parent = dirname(folder);
	return parent === folder ? [folder] : [folder, ...withParents(parent)];
}
