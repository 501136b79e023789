import { type Launch } from '../domain/registry/launch';
import { launchName } from '../domain/registry/launchName';
import { type SupplyPin } from '../domain/registry/supplyPin';

/** Says what a launch starts. Nothing is pinned by digest yet, and the pin says so. */
export function pinSupply(launch: Launch): Promise<SupplyPin> {
	const { name, packageName } = launchName(launch);
	const source =
		launch.kind === 'http'
			? ({ kind: 'url', name: new URL(launch.url).origin } as const)
			: ({ kind: 'unknown', name: packageName ?? name } as const);
	return Promise.resolve({ source, files: [], gaps: ['Its program is not pinned.'] });
}
