import { say } from './say';

/** What could change how other text is shown: controls, bidirectional marks, zero-width, fillers, odd blanks, selectors. */
const UNSEEN =
	/[\p{C}\p{Zl}\p{Zp}\u2800\u3164\uFFA0]|\u034F|[\u115F\u1160]|[\u17B4\u17B5]|[\u180B-\u180F]|\p{Variation_Selector}|(?! )\p{Zs}/u;

const LINE_ENDS = /(?:\r\n|[\n\r\u0085\u2028\u2029])+/g;

/**
 * Attacker-controlled text as one line of plain text for a modal, a message or a list: line ends as ⏎, everything that
 * cannot be seen as `\u{…}`, runs of blanks counted, at most `max` characters and then how many more there were. Never
 * markdown: a link as messages know it is broken up. For labels that know icons, see {@link quoteForLabel}.
 */
export function quoteForPerson(text: string, max: number): string {
	const { shown, more } = oneLine(text, max);
	return more > 0 ? `${shown}…(+${more})` : shown;
}

/** True where {@link quoteForPerson} shows all of the text. */
export function fitsWhole(text: string, max: number): boolean {
	return oneLine(text, max).more === 0;
}

/**
 * The same, but where the text does not fit its beginning and its end are shown, with the number of characters between them:
 * whoever pads a text cannot choose which end of it is hidden.
 */
export function quoteEnds(text: string, max: number): string {
	if (fitsWhole(text, max)) {
		return quoteForPerson(text, max);
	}
	const half = Math.floor(max / 2);
	const hidden = text.length - 2 * half;
	return say(
		'{0} …({1} characters hidden)… {2}',
		quoteForPerson(text.slice(0, half), half),
		hidden,
		quoteForPerson(text.slice(-half), half),
	);
}

function oneLine(text: string, max: number): { readonly shown: string; readonly more: number } {
	// Nothing behind this can be shown, so the work is bounded by `max`, not by the attacker.
	const head = text.slice(0, max * 4 + 64);
	const line = head
		.replaceAll(LINE_ENDS, '⏎')
		.replaceAll('\t', ' ')
		.replaceAll(/ {3,}/g, run => ` ␣×${run.length} `)
		.replaceAll('](', '] (');
	let shown = '';
	let count = 0;
	let rest = 0;
	for (const char of line) {
		if (count >= max) {
			rest += char.length;
		} else {
			shown += UNSEEN.test(char) ? `\\u{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}` : char;
			count++;
		}
	}
	return { shown, more: rest + (text.length - head.length) };
}

/** The same for labels and details of lists, where VS Code turns `$(name)` into icons. */
export function quoteForLabel(text: string, max: number): string {
	return quoteForPerson(text, max).replaceAll('$(', '\\$(');
}

/**
 * Attacker-controlled text of many lines for a document: every line, whatever ends it, begins with `│ `, so that none can
 * pass for a line of ours; everything that cannot be seen is `\u{…}`.
 */
export function quoteLines(text: string): string {
	const lines = text.split(/\r\n|[\n\r\u0085\u2028\u2029]/);
	const unseen = new RegExp(UNSEEN, 'gu');
	const shown = (char: string) =>
		char === '\t' ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
	return lines.map(line => `│ ${line.replace(unseen, shown)}`).join('\n');
}

/** A value as indented JSON for a document, with everything that cannot be seen escaped as JSON does. */
export function visibleJson(value: unknown): string {
	return visibleJsonText(JSON.stringify(value, undefined, '\t'));
}

/** JSON text with everything that cannot be seen escaped as JSON does; inside of its strings that changes no value. */
export function visibleJsonText(json: string): string {
	const units = (text: string) =>
		Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
			'',
		);
	let text = '';
	for (const char of json) {
		text += char !== '\n' && char !== '\t' && UNSEEN.test(char) ? units(char) : char;
	}
	return text;
}
