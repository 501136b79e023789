import { ownWords, type Phrase, phrase } from '../../base/phrase';
import { coversCapability, isCapability, UNKNOWN_CAPABILITY } from './capabilityName';
import { dangerOf } from './capabilityTokens';
import { capabilityMeaning, KNOWN_CAPABILITIES, probablyMeant } from './knownCapabilities';
import { hasSideEffects } from './sideEffects';

/** One tool that a reviewer has pinned. Names are attacker-controlled. */
export interface PinnedTool {
	readonly server: string;
	readonly tool: string;
	readonly capability: string;
}

/** What there is to say of a written capability, all of it ours. */
export interface CapabilityFacts {
	/** Sentences of ours; backticks mean code. */
	readonly meaning: readonly Phrase[];
	readonly risk: 'low' | 'medium' | 'high';
	readonly sideEffects: boolean;
}

/** Reads a capability, `resource.*` or `*`; of a group it tells the worst. */
export function capabilityFacts(written: string): CapabilityFacts {
	const known = KNOWN_CAPABILITIES.filter(each => coversCapability(written, each));
	const group = written === '*' || written.endsWith('.*');
	const all = known.length > 0 ? known : [group ? UNKNOWN_CAPABILITY : written];
	const danger = Math.max(...all.map(each => (isCapability(each) ? dangerOf(each) : 100)));
	return {
		meaning: meaningOf(written, known, group),
		risk: danger >= 60 ? 'high' : danger >= 40 ? 'medium' : 'low',
		sideEffects: all.some(hasSideEffects),
	};
}

function meaningOf(written: string, known: readonly string[], group: boolean): readonly Phrase[] {
	const listed = known.map(each => `\`${each}\``).join(', ');
	if (written === '*') {
		return [phrase('Every capability. A deny or approval covers what is unknown as well; an allow never does.')];
	}
	if (group) {
		return known.length > 0
			? [phrase('The whole resource: {0}, and what reviewers add to it.', listed)]
			: unheardOf(written);
	}
	const meaning = capabilityMeaning(written);
	return meaning === undefined ? unheardOf(written) : [ownWords(meaning)];
}

function unheardOf(written: string): readonly Phrase[] {
	const meant = probablyMeant(written);
	return [
		phrase('No capability of the product: only a review or the `capabilities:` table gives it to a tool.'),
		...(meant === undefined ? [] : [phrase('Did you mean {0}?', `\`${meant}\``)]),
	];
}

/** True when something can fall under both of two written capabilities. */
export function overlaps(left: string, right: string): boolean {
	return coversCapability(left, right) || coversCapability(right, left);
}
