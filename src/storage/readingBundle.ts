import { type PolicyLoad } from '../domain/policy/policy';
import { type PolicyBundle } from '../domain/policy/policyBundle';
import { type PolicyLayerFile } from './policyChange';
import { type PolicyCatalogueFile } from './policyFile';

/** The files of a policy as they were read. */
export interface BundleParts {
	readonly effective: PolicyLoad;
	readonly layers: readonly PolicyLayerFile[];
	readonly catalogue?: PolicyCatalogueFile;
}

/** What a policy in force was made of. Of files that could not be read nothing can be made again but a denial. */
export function bundleOf({ effective, layers, catalogue }: BundleParts): PolicyBundle {
	const { digest } = effective;
	const sources = layers.flatMap(({ kind, load, text, power }) =>
		text === undefined
			? []
			: [
					{
						kind,
						file: load.file,
						text,
						...(kind === 'workspace' && power === 'grants' && { trusted: true as const }),
					},
				],
	);
	const off = layers.every(({ load }) => (load.policy?.composition ?? 'off') === 'off');
	if (sources.length < layers.length || (catalogue !== undefined && catalogue.text === undefined && !off)) {
		return { v: 1, digest, sources: [] };
	}
	return {
		...{ v: 1, digest, sources },
		...(catalogue?.text !== undefined && { composition: { file: catalogue.load.file, text: catalogue.text } }),
	};
}
