import { type LayerKind, type PolicyLayer, type PolicyLoad } from '../domain/policy/policy';

/** One file of the policy in force, as it was read. */
export interface PolicyLayerFile {
	readonly kind: LayerKind;
	/** `grants`: its allow rules count. */
	readonly power: PolicyLayer['power'];
	readonly load: PolicyLoad;
	/** Its very bytes as text, whose SHA-256 is the load's digest. Absent where it could not be read. */
	readonly text?: string;
}

/** What happened to one file. */
interface FileChange {
	readonly kind: LayerKind;
	readonly file: string;
	readonly what: 'added' | 'removed' | 'changed' | 'trusted' | 'no longer trusted';
}

/** How the policy in force became another one. */
export interface PolicyChange {
	/** Digest of the policy before. */
	readonly previous: string;
	/** Empty where only the catalogue of compositions changed. */
	readonly files: readonly FileChange[];
}

/** Compares the files of two policies; `previous` is the digest of the one before. */
export function changeBetween(
	previous: string,
	before: readonly PolicyLayerFile[],
	after: readonly PolicyLayerFile[],
): PolicyChange {
	const find = (layers: readonly PolicyLayerFile[], { kind, load }: PolicyLayerFile) =>
		layers.find(other => other.kind === kind && other.load.file === load.file);
	const files = [...before.filter(layer => find(after, layer) === undefined), ...after].flatMap(
		(layer): readonly FileChange[] => {
			const what = whatHappened(find(before, layer), find(after, layer));
			return what === undefined ? [] : [{ kind: layer.kind, file: layer.load.file, what }];
		},
	);
	return { previous, files };
}

/** One line for people and the trail: what changed, and the digest that was in force before. */
export function describeChange({ previous, files }: PolicyChange): string {
	const parts = files.map(({ kind, file, what }) => `${kind} ${file} ${what}`);
	return [...parts, `before: ${previous}`].join('; ');
}

function whatHappened(
	before: PolicyLayerFile | undefined,
	after: PolicyLayerFile | undefined,
): FileChange['what'] | undefined {
	if (before === undefined) {
		return 'added';
	}
	if (after === undefined) {
		return 'removed';
	}
	if (before.load.digest !== after.load.digest) {
		return 'changed';
	}
	return before.power === after.power ? undefined : after.power === 'grants' ? 'trusted' : 'no longer trusted';
}
