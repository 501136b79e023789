import { type Phrase, phrase } from '../../base/phrase';

/** Where keys stand, with the preposition, on which the case of a noun hangs in other languages. */
export interface KeyPlace {
	/** As in "'x' stands twice in a rule". */
	readonly inside: Phrase;
	/** As in "'x' is not a key of a rule". */
	readonly of: Phrase;
}

/** The place of the keys of a whole policy. */
export const THE_POLICY: KeyPlace = { inside: phrase('in the policy'), of: phrase('of the policy') };

/** The place of the keys of a rule. */
export const A_RULE: KeyPlace = { inside: phrase('in a rule'), of: phrase('of a rule') };

/** What the globs of names and paths are called in messages. */
export const GLOB = phrase('glob');

/** The place of the keys below a key. */
export function below(key: string): KeyPlace {
	return { inside: phrase("in '{0}'", shown(key)), of: phrase("of '{0}'", shown(key)) };
}

/** A value of the policy as it may be shown in a message: short, on one line. */
export function shown(text: string): string {
	// eslint-disable-next-line no-control-regex -- they are what is taken out
	const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
	return plain.length > 60 ? `${plain.slice(0, 57)}...` : plain;
}

/** A word as a message quotes it. */
export function quoted(word: string): Phrase {
	return phrase("'{0}'", word);
}

/** What may stand at a place: one of these. */
export function oneOf([first, ...others]: readonly [string | Phrase, ...(string | Phrase)[]]): string | Phrase {
	return others.reduce((left, right) => phrase('{0} or {1}', left, right), first);
}

/** A key that stands where it means nothing, and why. */
export function notHere(key: string, why: Phrase): Phrase {
	return phrase("'{0}' does not belong here: {1}.", key, why);
}

/** A value that is no such thing, and why. */
export function notUsable(text: string, what: Phrase, why: Phrase): Phrase {
	return phrase("'{0}' is not a usable {1}: {2}.", shown(text), what, why);
}

/** Something that had to be a mapping with some of these keys. */
export function notMapping(name: string, keys: readonly string[]): Phrase {
	return phrase("'{0}' must be a mapping with {1}.", name, keys.join(', '));
}
