import { type Launch } from '../domain/registry/launch';
import { readLaunchSource } from '../domain/registry/launchSource';
import { resolveLaunch } from '../domain/registry/resolveLaunch';
import { type GuardDeps } from './guardPorts';

/** A launch, and the exact version that was put into it where it named none. */
export interface PinnedLaunch {
	readonly launch: Launch;
	readonly pinnedTo?: string;
	/** The package as it was worded before. */
	readonly pinnedFrom?: string;
}

/**
 * The launch with the version that it would start here today, where it names none and one is known (gateway.md C2, C10); else
 * the launch as it is. With `lookUp`, which a person asked for, the package's registry may be asked.
 */
export async function pinnedLaunch(
	deps: Pick<GuardDeps, 'host' | 'pinProposal'>,
	launch: Launch,
	values: Readonly<Record<string, string>>,
	{ folder, lookUp }: { readonly folder?: string | undefined; readonly lookUp: boolean },
): Promise<PinnedLaunch> {
	if (launch.kind === 'http' || deps.pinProposal === undefined) {
		return { launch };
	}
	const context = { ...deps.host(), ...(folder !== undefined && { workspaceFolder: folder }) };
	const resolved = resolveLaunch(launch, values, context);
	const proposal = 'problem' in resolved ? undefined : await deps.pinProposal(launch, resolved, lookUp);
	if (proposal === undefined) {
		return { launch };
	}
	const { spec } = readLaunchSource(launch);
	const from = spec === undefined ? {} : { pinnedFrom: spec };
	return { launch: proposal.launch, pinnedTo: proposal.version, ...from };
}
