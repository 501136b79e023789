import { fillIn } from '../base/fillIn';
import { type Phrase, sayWith } from '../base/phrase';

/** Puts a sentence of ours into another language. `{0}`, `{1}`… of `text` stand for the arguments, which are data. */
export type Translate = (text: string, ...args: readonly (string | number)[]) => string;

let translate: Translate = fillIn;

/**
 * A sentence of ours in the language of the editor; without an editor, and where the bundle has none, as it is written here.
 * `text` is a literal or a constant of the domain (l10n/bundle.l10n.*.json has it as its key); what comes from elsewhere is an argument.
 */
export function say(text: string, ...args: readonly (string | number)[]): string {
	// VS Code looks a text up as a member of an object, which has more members than its own.
	return text in Object.prototype ? fillIn(text, ...args) : translate(text, ...args);
}

/** A phrase of the domain in the language of the editor, with all phrases in it. */
export function sayPhrase(said: Phrase): string {
	return sayWith(said, say);
}

/** From now on {@link say} speaks with the editor's own translation (`vscode.l10n.t`). */
export function speakWith(translation: Translate): void {
	translate = translation;
}

/** A text that is data, or a phrase of ours around it. */
export function whereText(where: string | Phrase): string {
	return typeof where === 'string' ? where : sayPhrase(where);
}

/**
 * Sentences of ours by key, each said when it is read: a table is made before the editor has told its language. The sentences are
 * literals or phrases.
 */
export function saidTable<K extends string>(
	sentences: Readonly<Record<K, string | Phrase>>,
): Readonly<Record<K, string>> {
	const table = {} as Record<K, string>;
	for (const key of Object.keys(sentences) as K[]) {
		const get = () => {
			const sentence: string | Phrase = sentences[key];
			return typeof sentence === 'string' ? say(sentence) : sayPhrase(sentence);
		};
		Object.defineProperty(table, key, { enumerable: true, get });
	}
	return table;
}

/** `1 server` or `3 servers` out of two sentences, each with the count as `{0}` and the further arguments behind it. */
export function sayCount(count: number, one: string, many: string, ...args: readonly (string | number)[]): string {
	return translate(count === 1 ? one : many, count, ...args);
}
