import { fillIn, type Phrase, sayWith } from '../shared/phrase';

/** Id of the block of the page that holds its texts in another language: English to that language, as JSON. */
const TEXTS = 'texts';

let known: Readonly<Record<string, string>> | undefined;

/**
 * A sentence of ours in the language of the editor, which the host put into the page; where it has none, as it is written here.
 * `{0}`, `{1}`… stand for the arguments, which are data. `text` has to be a literal: l10n/bundle.l10n.*.json has it as its key.
 */
export function say(text: string, ...args: readonly (string | number)[]): string {
	return fillIn(said(text), ...args);
}

/** A phrase of the domain in the language of the page, with all phrases in it. */
export function sayPhrase(phrase: Phrase): string {
	return sayWith(phrase, say);
}

/** `1 call` or `12,345 calls` out of two sentences, each with the count as `{0}` and the further arguments behind it. */
export function sayCount(count: number, one: string, many: string, ...args: readonly (string | number)[]): string {
	return say(count === 1 ? one : many, sayNumber(count), ...args);
}

/** `12,345`, as the language of the page groups digits. */
export function sayNumber(count: number): string {
	return count.toLocaleString((typeof document === 'undefined' ? '' : document.documentElement.lang) || 'en-US');
}

/** The same for arguments that are drawn: the parts of the sentence in their order, for a template. */
export function sayAround(text: string, ...parts: readonly unknown[]): readonly unknown[] {
	return said(text)
		.split(/(\{\d+\})/)
		.map(part => (/^\{\d+\}$/.test(part) ? parts[Number(part.slice(1, -1))] : part));
}

function said(text: string): string {
	known ??= read();
	return Object.hasOwn(known, text) ? (known[text] ?? text) : text;
}

function read(): Readonly<Record<string, string>> {
	const block = typeof document === 'undefined' ? null : document.getElementById(TEXTS);
	return block === null ? {} : (JSON.parse(block.textContent) as Readonly<Record<string, string>>);
}
