import { bitsOf, looksRandom } from './knownCandidate';
import { type SecretRule } from './secretRules';

const WORD =
	/(?:pass(?:word|phrase|code)?|secret|token|credential|(?:api|access|private|signing|secret|master|auth)[ _-]?key|(?<=[A-Z]_)KEY|\bkey)s?(?![a-z])/gi;
/** Between the word and the token, on one line: "is", "=", quotes. */
const GAP = 40;
const TOKEN = /[A-Za-z0-9+/_=.~-]+/g;
const LEAST = 20;
const MOST = 200;
const LEAST_BITS = 3.6;
const LEAST_DIGITS = 3;
/** Digests, ids and public keys stand next to such words all the time. */
const NAMED_OTHERWISE =
	/(?:sha\d{0,3}|md5|hash|digest|checksum|integrity|commit|etag|uuid|fingerprint|public|kid|id)\b[^A-Za-z0-9]{0,4}$/i;
/** The rest of a did:key of an Ed25519 key: a public name, random as it looks. */
const DID_KEY = /^:z6Mk[1-9A-HJ-NP-Za-km-z]{44}(?![A-Za-z0-9+/_=.~-])/;
const HEX = /^[0-9a-f-]+$/i;
const OTHER = /^(?:sha\d+-|AAAA|[\w-]+(?:\.[a-z_][\w-]*)+$|(?:[\w.-]*\/){2,}[\w.-]*$)/i;

/**
 * A token that looks random beside a word that says what it is: "the API key is …". Bare hashes, ids and images say nothing,
 * and a word alone neither.
 */
export const RANDOM_NEAR: SecretRule = {
	id: 'random-near-word',
	hints: ['pass', 'secret', 'token', 'credential', 'key'],
	*find(text) {
		let from = 0;
		for (const { 0: word, index } of text.matchAll(WORD)) {
			const begin = Math.max(from, index + word.length);
			if (/public[ _-]?$/i.test(text.slice(Math.max(0, index - 8), index))) {
				continue;
			}
			const publicKey =
				text.slice(Math.max(0, index - 4), index) === 'did:' && DID_KEY.exec(text.slice(begin, begin + 64));
			if (publicKey) {
				from = begin + publicKey[0].length;
				continue;
			}
			const found = tokenIn(text, begin);
			if (found !== undefined) {
				yield found;
				from = found.end;
			}
		}
	},
	advice: 'The text contains what looks like a random secret, and says so.',
};

function tokenIn(text: string, begin: number): { readonly start: number; readonly end: number } | undefined {
	const line = text.slice(begin, begin + GAP + MOST + 1).split('\n', 1)[0] ?? '';
	for (const { 0: token, index } of line.matchAll(TOKEN)) {
		if (index > GAP) {
			return undefined;
		}
		// `KEY=value` is one run of these letters.
		const lead = /^[=.~-]+/.exec(token)?.[0].length ?? 0;
		const bare = token.slice(lead);
		if (bare.length >= LEAST && bare.length <= MOST && isSecret(bare, line.slice(0, index + lead))) {
			return { start: begin + index + lead, end: begin + index + token.length };
		}
	}
	return undefined;
}

function isSecret(token: string, before: string): boolean {
	return (
		!HEX.test(token) &&
		!OTHER.test(token) &&
		!NAMED_OTHERWISE.test(before) &&
		(token.match(/\d/g)?.length ?? 0) >= LEAST_DIGITS &&
		looksRandom(token) &&
		bitsOf(token) >= LEAST_BITS
	);
}
