import { sha256Hex } from '../base/digest';
import { phrase } from '../base/phrase';
import { withComposition } from '../domain/policy/composition';
import { composeLayers, type LayerTrust, powerOf } from '../domain/policy/layers';
import { type LockedSetting, type OrganisationLocks } from '../domain/policy/organisationLocks';
import { type LayerKind, type PolicyLoad } from '../domain/policy/policy';
import { problemAt } from '../domain/policy/policyProblem';
import { ignoredSettings, lockedBase, locksOf, type PresetFiles } from './lockedPolicy';
import { isBrokenLink, ownershipProblems } from './organisationFile';
import { type PolicyLayerFile } from './policyChange';
import { missing, type PolicyCatalogueFile, type PolicyFileReading, readCatalogue, readPolicyFile } from './policyFile';

/** Which files make the policy, by absolute path. */
export interface PolicyFilesOptions {
	/** The person's own policy, or a preset that came with the product. Missing means deny. */
	readonly base: string;
	/** Files of the workspace; each only tightens unless it is trusted, and each may be missing. */
	readonly workspace: readonly string[];
	/** The organisation's policies, above the person's own. Each counts; the first one's tables win. May be missing. */
	readonly organisation?: readonly string[];
	/** Which of the files above must be there: one that vanished denies everything. */
	readonly required?: readonly string[];
	/** The one of the organisation's files that has to belong to root. */
	readonly system?: string;
	/** The catalogue of compositions (policies/composition.yaml), put in force as the policies' `composition:` says. */
	readonly composition?: string;
	/** What stands in for `base` where the organisation locks it. */
	readonly presets?: PresetFiles;
	/** Which files of the workspace the person trusted; none when absent. */
	readonly trust?: LayerTrust;
}

/** All files as they were read at one time. */
export interface PolicyReading {
	/** What they amount to together. */
	readonly effective: PolicyLoad;
	/** Each of them, uppermost first. */
	readonly layers: readonly PolicyLayerFile[];
	/** The catalogue of compositions on top. */
	readonly catalogue?: PolicyCatalogueFile;
	/** What the organisation locks. */
	readonly locks: OrganisationLocks;
	/** The person's own policy, or what the organisation put in its place. */
	readonly base: string;
}

type Read = (file: string) => PolicyFileReading | undefined;

/**
 * All files once, and what they amount to together. `lastSaid` has what each of the organisation's files locked when it could be read;
 * `read` reads one file.
 */
export function readPolicies(
	options: PolicyFilesOptions,
	lastSaid: Map<string, readonly LockedSetting[]>,
	read: Read = readPolicyFile,
): PolicyReading {
	const { workspace, organisation = [], required = [], system, composition, trust } = options;
	const layerOf = (kind: LayerKind, file: string): readonly PolicyLayerFile[] => {
		const found = read(file);
		const meant = kind === 'user' || required.includes(file) || (kind === 'organisation' && isBrokenLink(file));
		if (found === undefined && !meant) {
			return [];
		}
		const plain = found ?? { load: missing(file, kind) };
		const loose = kind === 'organisation' && found !== undefined ? ownershipProblems(file, file === system) : [];
		const more = [...loose, ...ignoredSettings(kind, plain.load)];
		const load = more.length === 0 ? plain.load : { ...plain.load, problems: [...plain.load.problems, ...more] };
		return [{ ...plain, load, kind, power: powerOf({ kind, load }, trust) }];
	};
	const above = organisation.flatMap(file => layerOf('organisation', file));
	const locks = locksOf(
		above.map(({ load }) => load),
		lastSaid,
	);
	const base = lockedBase(options.base, options.presets, locks);
	const layers = [...above, ...layerOf('user', base), ...workspace.flatMap(file => layerOf('workspace', file))];
	const only = layers.length === 1 ? layers[0]?.load : undefined;
	const load = only ?? composeLayers(layers, trust);
	const catalogue = composition === undefined ? undefined : readCatalogue(composition);
	return catalogue === undefined
		? { effective: load, layers, locks, base }
		: { effective: withComposition(load, catalogue.load), layers, catalogue, locks, base };
}

/** While files are being written for long: everything is denied, and nothing of them counts. */
export function unsettled(
	wanted: string,
	{ layers }: Pick<PolicyReading, 'layers'>,
): Pick<PolicyReading, 'effective' | 'layers'> {
	const at = { file: wanted, line: 1, column: 1 };
	const said = phrase(
		'The policy’s files are being written; everything is denied until they are left alone for a moment.',
	);
	const problems = [problemAt('error', 'syntax', said, at)];
	const effective = { policy: undefined, problems, digest: sha256Hex('unsettled'), file: wanted };
	// Without their texts: a bundle of this stands for a denial.
	return { effective, layers: layers.map(({ kind, power, load }) => ({ kind, power, load })) };
}
