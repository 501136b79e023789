import { inEnglish, MAX_READ, type Phrase, phrase, readPhrase, verbatim } from '../../base/phrase';
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

const ROLE_WORDS: Readonly<Record<PinnedFile['role'], Phrase>> = {
	executable: phrase('executable'),
	entry: phrase('entry script'),
	manifest: phrase('package manifest'),
	lockfile: phrase('lockfile'),
	package: phrase('code of its package'),
	dependencies: phrase('code of its dependencies'),
	registry: phrase('package registry'),
};

const WORDS = {
	neverPinned: phrase('it was never pinned'),
	noVersion: phrase('it names no exact version'),
	elsewhere: phrase('it comes from elsewhere, or in another version'),
	integrity: phrase('integrity of its package changed'),
	scripts: phrase('its package runs scripts when it is installed'),
	unchecked: phrase('something that was pinned cannot be checked any more'),
	shadowed: phrase('its command leads to another program'),
	gone: phrase('{0} is gone'),
	changed: phrase('{0} changed'),
	added: phrase('{0} was added'),
} as const;

function said(word: keyof typeof WORDS, role?: PinnedFile['role']): string {
	return inEnglish({ ...WORDS[word], args: role === undefined ? [] : [ROLE_WORDS[role]] });
}

/**
 * What is not as it was reviewed, empty where nothing differs. INVARIANT: strict both ways. A file more, a file less, a
 * program found elsewhere, and something that could be pinned at review and cannot be now, are differences.
 */
export function compareSupply(pin: SupplyPin, now: SupplyPin): readonly SupplyDifference[] {
	if (pin.source.kind !== 'url' && !pin.files.some(({ role }) => role === 'executable')) {
		return [{ reason: 'not_pinned', what: said('neverPinned') }];
	}
	if (isUnpinned(pin) && !isUnpinnedAccepted(pin)) {
		return [{ reason: 'source_unpinned', what: said('noVersion') }];
	}
	const found: SupplyDifference[] = [];
	const { source } = pin;
	if (source.kind !== now.source.kind || source.name !== now.source.name || source.version !== now.source.version) {
		found.push({ reason: 'source_changed', what: said('elsewhere') });
	}
	found.push(...compareFiles(pin.files, now.files));
	if (pin.integrity !== now.integrity) {
		found.push({ reason: 'integrity_changed', what: said('integrity') });
	}
	if (now.installScripts === true && pin.installScripts !== true) {
		found.push({ reason: 'install_scripts_added', what: said('scripts') });
	}
	if (now.gaps.some(gap => !pin.gaps.includes(gap))) {
		found.push({ reason: 'not_pinned', what: said('unchecked') });
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
					? { reason: 'path_shadowed', what: said('shadowed'), path }
					: { reason: `${role}_missing`, what: said('gone', role), path },
			);
		} else if (same.digest !== file.digest) {
			found.push({ reason: `${role}_changed`, what: said('changed', role), path });
		}
	}
	const isTold = found.some(({ reason }) => reason === 'path_shadowed');
	for (const { role, path } of now) {
		if (!(role === 'executable' && isTold) && !pinned.some(old => isSameFile(old, { role, path }))) {
			found.push({ reason: `${role}_added`, what: said('added', role), path });
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

/** What {@link supplyReason} lists, as phrases again; what it did not say stays as it is. */
export function supplyPhrases(list: string): readonly Phrase[] {
	const texts = (words: Readonly<Record<string, Phrase>>) => Object.values(words).map(({ text }) => text);
	if (list.length > MAX_READ) {
		return [verbatim(list)];
	}
	return list.split('; ').map(what => {
		const { text, args } = readPhrase(what, texts(WORDS)) ?? verbatim(what);
		return {
			text,
			args: args.map(each => (typeof each === 'string' ? (readPhrase(each, texts(ROLE_WORDS)) ?? each) : each)),
		};
	});
}
