import { fillIn } from './fillIn';

/** Characters of a kept sentence that is read back; what we write is far shorter, and a file may hold anything. */
export const MAX_READ = 4_000;

/**
 * A sentence of ours, or a part of one, apart from what stands in its places: whoever shows it to a person can say it in their
 * language. Agents, the trail and the log get {@link inEnglish}.
 */
export interface Phrase {
	/** With `{0}`, `{1}`… for the arguments; l10n/bundle.l10n.*.json has it as its key. */
	readonly text: string;
	/** Data, which may be attacker-controlled, or further phrases. */
	readonly args: readonly (string | number | Phrase)[];
}

/** A phrase. `text` has to be a literal, or no translation is found to be missing. */
export function phrase(text: string, ...args: Phrase['args']): Phrase {
	return { text, args };
}

/** The phrase as a finished sentence, with all phrases in it, each as `say` puts it: filled in, in the language of a reader. */
export function sayWith(
	{ text, args }: Phrase,
	say: (text: string, ...args: readonly (string | number)[]) => string,
): string {
	return say(text, ...args.map(each => (typeof each === 'object' ? sayWith(each, say) : each)));
}

/** The phrase as a finished sentence in English. */
export function inEnglish(said: Phrase): string {
	return sayWith(said, fillIn);
}

/** Words and phrases one after the other, with the same sign between them in every language. */
export function inRow(parts: Phrase['args'], between = ', '): Phrase {
	return { text: parts.map((_, index) => `{${String(index)}}`).join(between), args: parts };
}

/** A constant of ours, such as the meaning of a word, as a phrase; a test holds its room to the bundle. */
export function ownWords(text: string): Phrase {
	return { text, args: [] };
}

/** A text that reads the same in every language, such as the words of an exception. */
export function verbatim(text: string): Phrase {
	return { text: '{0}', args: [text] };
}

/**
 * A finished sentence that was kept in English, as a phrase again: by the first of the texts that it can have been made from, which
 * are ours; undefined where it is none of them. An argument that holds a piece of the text itself may be cut elsewhere.
 */
export function readPhrase(sentence: string, texts: readonly string[]): Phrase | undefined {
	for (const text of sentence.length > MAX_READ ? [] : texts) {
		const pieces = text.split(/\{\d+\}/);
		// Before an expression looks for the pieces between: a text that was made for it keeps one busy.
		const mayBe = sentence.startsWith(pieces[0] ?? '') && sentence.endsWith(pieces.at(-1) ?? '');
		const found = mayBe ? new RegExp(`^${pieces.map(escaped).join('([^]*?)')}$`).exec(sentence) : null;
		if (found !== null) {
			return { text, args: found.slice(1) };
		}
	}
	return undefined;
}

function escaped(text: string): string {
	return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
