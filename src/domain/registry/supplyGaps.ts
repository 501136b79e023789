import { type SupplyPin } from './supplyPin';

/**
 * What cannot be pinned, in the words that a review shows and an entry keeps. INVARIANT: a gap that was not there at review
 * is a difference ({@link compareSupply}); the texts are part of stored entries, so a changed one asks for a review.
 */
export const SUPPLY_GAPS = {
	/** A server with this gap is not started, unless {@link acceptUnpinned} says that a person accepted it. */
	unpinned: 'The launch names no exact version or digest, so it runs whatever is newest.',
	unreadable: 'A file that it runs cannot be read.',
	wrapper: 'It is started by a shell script or batch file; what that starts in turn is not pinned.',
	otherCache: 'Its files lie in the cache of a package runner that cannot be read, so only its version is pinned.',
	notCached: 'Its package is not in the cache of its runner, so only its version is pinned.',
	tooLarge: 'Its package or its dependencies are too large to be pinned as a whole.',
	pythonPackages: 'The Python packages that it imports are not pinned.',
	environment: 'Variables that it is given can make it load other code; that is not pinned.',
	computed: 'It loads files by names that it computes; those are not pinned.',
} as const;

/** Stands among the gaps of a reviewed entry. */
const ACCEPTED = 'A person accepted that it runs whatever is newest.';

/** The pin of a launch without an exact version, once a person said at review that it may run all the same. */
export function acceptUnpinned(supply: SupplyPin): SupplyPin {
	const gaps = supply.gaps.filter(gap => gap !== ACCEPTED);
	return { ...supply, gaps: isUnpinned(supply) ? [...gaps, ACCEPTED] : gaps };
}

/** True for a pin that {@link acceptUnpinned} gave. */
export function isUnpinnedAccepted(supply: Pick<SupplyPin, 'gaps'>): boolean {
	return supply.gaps.includes(ACCEPTED);
}

/** True where what runs can be another program tomorrow although nobody changed the launch: a review has to settle it. */
export function isUnpinned(supply: Pick<SupplyPin, 'gaps'>): boolean {
	return supply.gaps.includes(SUPPLY_GAPS.unpinned);
}
