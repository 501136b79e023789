import { type Phrase, phrase, readPhrase, verbatim } from '../../base/phrase';
import { IDENTITY_TEXTS } from './identityWords';

/** Why tool authority or the decision service says no, for people. `place` is `file:line` of a policy. */
export const AUTHORITY_WORDS = {
	identity: (identity: Phrase | string) => phrase("The server's identity: {0}.", identity),
	deniedTool: (place: string) => phrase('The tool is among the denied tools ({0}).', place),
	otherTool: (place: string) => phrase('The tool is not among the allowed tools ({0}).', place),
	badge: (place: string, identity: Phrase | string) =>
		phrase("A verified badge is asked for ({0}); the server's identity: {1}.", place, identity),
	level: (level: string, place: string, identity: Phrase | string) =>
		phrase("A badge of at least {0} is asked for ({1}); the server's identity: {2}.", level, place, identity),
	/** `reason` is what the service gave, quoted. */
	service: (reason: string) => phrase('The decision service says: {0}.', reason),
} as const;

const TEXTS = Object.values<(...args: string[]) => Phrase>(AUTHORITY_WORDS).map(make => make().text);

/** What an audit entry keeps of {@link AUTHORITY_WORDS} in English, as a phrase again; what is none of them stays as it is. */
export function authorityPhrase(why: string): Phrase {
	const read = readPhrase(why, TEXTS) ?? verbatim(why);
	// What the service said is its own, whatever it reads like.
	return read.text === AUTHORITY_WORDS.service('').text ? read : withIdentity(read);
}

/** With the words for an identity read back among the arguments, and within them. */
function withIdentity({ text, args }: Phrase): Phrase {
	return {
		text,
		args: args.map(each => {
			const words = typeof each === 'string' ? readPhrase(each, IDENTITY_TEXTS) : undefined;
			return words === undefined ? each : withIdentity(words);
		}),
	};
}
