import { type Phrase, phrase, readPhrase, verbatim } from '../../base/phrase';
import { supplyPhrases } from './compareSupply';

/** Why a server is suspended when a probe saw more than was declared. */
export const PROBED = 'a probe saw it do more than its declared capabilities cover';

const SUPPLY = 'supply-chain: ';

const TEXTS = [
	phrase('put to rest by a person'),
	phrase('revoked by a person'),
	phrase('revoked there: {0}'),
	phrase('reviewed by an earlier version'),
	phrase('a probe saw it do more than its declared capabilities cover'),
].map(({ text }) => text);

/**
 * Why a server is not approved, as phrases: of what the registry keeps in English for every surface. What none of ours gives, such
 * as a reason that a person wrote, stays as it is.
 */
export function statusPhrases(reason: string): readonly Phrase[] {
	return reason.startsWith(SUPPLY)
		? supplyPhrases(reason.slice(SUPPLY.length))
		: [readPhrase(reason, TEXTS) ?? verbatim(reason)];
}
