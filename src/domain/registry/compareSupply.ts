import { samePath } from '../../base/samePath';
import { isUnpinned, isUnpinnedAccepted } from './supplyGaps';
import { type PinnedFile, type SupplyPin } from './supplyPin';

/** Machine-readable: what is not as it was reviewed. */
export type SupplyReason =
	| `${PinnedFile['role']}_changed`
	| `${PinnedFile['role']}_missing`
	| `${PinnedFile['role']}_added`
	| 'path_shadowed'
	| 'registry_changed'
	| 'source_changed'
	| 'integrity_changed'
	| 'install_scripts_added'
	| 'source_unpinned'
	| 'not_pinned';

/** One difference between what was reviewed and what would start now. */
export interface SupplyDifference {
	readonly reason: SupplyReason;
	/** What differs, a phrase of ours without any text of a server or a path: it goes to clients and into the registry. */
	readonly what: string;
	/** The file, for people. Attacker-controlled as far as names of files are. */
	readonly path?: string;
}

const ROLE_WORDS: Readonly<Record<PinnedFile['role'], string>> = {
	executable: 'executable',
	entry: 'entry script',
	manifest: 'package manifest',
	lockfile: 'lockfile',
	package: 'code of its package',
	dependencies: 'code of its dependencies',
	registry: 'package registry',
};

/**
 * What is not as it was reviewed, empty where nothing differs. INVARIANT: strict both ways. A file more, a file less, a
 * program found elsewhere, and something that could be pinned at review and cannot be now, are differences.
 */
export function compareSupply(pin: SupplyPin, now: SupplyPin): readonly SupplyDifference[] {
	if (pin.source.kind !== 'url' && !pin.files.some(({ role }) => role === 'executable')) {
		return [{ reason: 'not_pinned', what: 'it was never pinned' }];
	}
	if (isUnpinned(pin) && !isUnpinnedAccepted(pin)) {
		return [{ reason: 'source_unpinned', what: 'it names no exact version' }];
	}
	const found: SupplyDifference[] = [];
	const { source } = pin;
	if (source.kind !== now.source.kind || source.name !== now.source.name || source.version !== now.source.version) {
		found.push({ reason: 'source_changed', what: 'it comes from elsewhere, or in another version' });
	}
	found.push(...compareFiles(pin.files, now.files));
	if (pin.integrity !== now.integrity) {
		found.push({ reason: 'integrity_changed', what: 'integrity of its package changed' });
	}
	if (now.installScripts === true && pin.installScripts !== true) {
		found.push({ reason: 'install_scripts_added', what: 'its package runs scripts when it is installed' });
	}
	if (now.gaps.some(gap => !pin.gaps.includes(gap))) {
		found.push({ reason: 'not_pinned', what: 'something that was pinned cannot be checked any more' });
	}
	return found;
}

function compareFiles(pinned: readonly PinnedFile[], now: readonly PinnedFile[]): readonly SupplyDifference[] {
	const found: SupplyDifference[] = [];
	for (const file of pinned) {
		const { role, path } = file;
		const same = now.find(other => isSameFile(other, file));
		if (same === undefined) {
			const moved = now.some(other => other.role === role && !pinned.some(old => isSameFile(old, other)));
			found.push(
				moved && role === 'executable'
					? { reason: 'path_shadowed', what: 'its command leads to another program', path }
					: { reason: `${role}_missing`, what: `${ROLE_WORDS[role]} is gone`, path },
			);
		} else if (same.digest !== file.digest) {
			found.push({ reason: `${role}_changed`, what: `${ROLE_WORDS[role]} changed`, path });
		}
	}
	const isTold = found.some(({ reason }) => reason === 'path_shadowed');
	for (const { role, path } of now) {
		if (!(role === 'executable' && isTold) && !pinned.some(old => isSameFile(old, { role, path }))) {
			found.push({ reason: `${role}_added`, what: `${ROLE_WORDS[role]} was added`, path });
		}
	}
	return found;
}

function isSameFile(one: Pick<PinnedFile, 'role' | 'path'>, other: Pick<PinnedFile, 'role' | 'path'>): boolean {
	return one.role === other.role && samePath(one.path, other.path);
}

/** The reason that an entry keeps, one line: `supply-chain: entry script changed`. */
export function supplyReason(differences: readonly SupplyDifference[]): string {
	return `supply-chain: ${[...new Set(differences.map(({ what }) => what))].join('; ')}`;
}
