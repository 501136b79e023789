import { platform } from 'node:os';
import { dirname, resolve } from 'node:path';
import { FirewallError } from '../base/errors';
import { systemPolicyFile } from '../storage/organisationFile';
import { type PolicyFilesOptions } from '../storage/policyReading';

/** The policies above and below the one that a command names, as the command line says. */
export interface LayerOptions {
	/** The organisation's policy. */
	readonly organisation?: string;
	/** Policies of the workspace; they only tighten unless their digest is trusted. */
	readonly workspacePolicies: readonly string[];
	/** SHA-256 of workspace policies whose allow rules count, lower-case hex. */
	readonly trustedDigests: readonly string[];
	/** Where the machine's own policy is; for tests. */
	readonly systemFile?: string;
}

/** What `parseArgs` has to know of these options. */
export const LAYER_ARGUMENTS = {
	organisation: { type: 'string' },
	'workspace-policy': { type: 'string', multiple: true },
	'trust-digest': { type: 'string', multiple: true },
} as const;

/** Reads what `parseArgs` found. Throws `usage` for a digest that is none. */
export function readLayerOptions(values: {
	readonly organisation?: string | undefined;
	readonly 'workspace-policy'?: readonly string[] | undefined;
	readonly 'trust-digest'?: readonly string[] | undefined;
}): LayerOptions {
	const trustedDigests = (values['trust-digest'] ?? []).map(digest => digest.toLowerCase());
	if (!trustedDigests.every(digest => /^[0-9a-f]{64}$/.test(digest))) {
		throw new FirewallError('usage', '--trust-digest takes the SHA-256 of a file as 64 hexadecimal digits.');
	}
	return {
		...(values.organisation !== undefined && { organisation: values.organisation }),
		workspacePolicies: values['workspace-policy'] ?? [],
		trustedDigests,
	};
}

/**
 * The files that make the policy headless. The machine's own policy always counts if it exists; every file that was named
 * has to be there, or everything is denied.
 */
export function layeredFiles(
	base: string,
	options: LayerOptions,
	composition?: string,
): PolicyFilesOptions & { readonly organisation: readonly string[] } {
	const system = options.systemFile ?? systemPolicyFile(platform());
	const named = options.organisation === undefined ? [] : [resolve(options.organisation)];
	const workspace = options.workspacePolicies.map(file => resolve(file));
	const trustedDigests = new Set(options.trustedDigests);
	return {
		base: resolve(base),
		organisation: [...new Set([system, ...named])],
		system,
		workspace,
		required: [...named, ...workspace],
		...(composition !== undefined && {
			composition,
			presets: { folder: dirname(composition), chosen: 'balanced' },
		}),
		trust: { workspaceTrusted: trustedDigests.size > 0, trustedDigests },
	};
}
