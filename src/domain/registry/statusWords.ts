import { type Phrase, phrase, readPhrase, verbatim } from '../../base/phrase';
import { RESTED_BY_PERSON, REVOKED_BY_PERSON } from './changeStatus';
import { supplyPhrases } from './compareSupply';
import { REVIEWED_EARLIER } from './migrateRegistry';

/** Why a server is suspended when a probe saw more than was declared. */
export const PROBED = phrase('a probe saw it do more than its declared capabilities cover').text;

const SUPPLY = 'supply-chain: ';

/** What `importEntries` writes, alone or behind {@link REVOKED_THERE}; `{0}` is the start of a fingerprint. */
const IMPORTED = phrase('reviewed by somebody else, with the key {0}').text;
const REVOKED_THERE = phrase('revoked there: {0}').text;

/** No sentence can have been made from two of them, so their order does not matter. */
const TEXTS = [RESTED_BY_PERSON, REVOKED_BY_PERSON, REVOKED_THERE, REVIEWED_EARLIER, IMPORTED, PROBED];

/**
 * Why a server is not approved, as phrases: of what the registry keeps in English for every surface. What none of ours gives, such
 * as a reason that a person wrote, stays as it is.
 */
export function statusPhrases(reason: string): readonly Phrase[] {
	return reason.startsWith(SUPPLY) ? supplyPhrases(reason.slice(SUPPLY.length)) : [statusPhrase(reason)];
}

function statusPhrase(reason: string): Phrase {
	const read = readPhrase(reason, TEXTS) ?? verbatim(reason);
	const [there] = read.args;
	return read.text === REVOKED_THERE && typeof there === 'string'
		? { ...read, args: [readPhrase(there, [IMPORTED]) ?? there] }
		: read;
}
