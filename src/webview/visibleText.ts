/** A run of text; `hidden` runs are the visible spelling (`\u202E`) of characters that would not show or would mislead. */
export interface TextRun {
	readonly text: string;
	readonly hidden: boolean;
}

/**
 * Characters that a reader cannot see or that change how others are read: controls, soft hyphen, Arabic letter mark,
 * Hangul fillers, Mongolian separators, zero-width and bidirectional marks (Unicode UAX #9 §2), line separators, invisible
 * operators, variation selectors other than text/emoji, byte order mark, interlinear marks, tags, lone surrogates.
 */
const HIDDEN = RegExp(
	'[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\u115F\\u1160\\u2065\\u3164\\uFFA0\\uFFF0-\\uFFFC]' +
		'|\\u034F|\\u17B4|\\u17B5|[\\u180B-\\u180F]|[\\uFE00-\\uFE0D]|[\\u{E0000}-\\u{E0FFF}]',
	'gu',
);

/** Splits attacker-controlled text into plain and hidden runs. With `lines`, tabs and line feeds stay as they are. */
export function textRuns(text: string, lines = false): readonly TextRun[] {
	const runs: TextRun[] = [];
	let from = 0;
	for (const match of text.matchAll(HIDDEN)) {
		if (lines && (match[0] === '\n' || match[0] === '\t')) {
			continue;
		}
		if (match.index > from) {
			runs.push({ text: text.slice(from, match.index), hidden: false });
		}
		runs.push({ text: spell(match[0]), hidden: true });
		from = match.index + match[0].length;
	}
	if (from < text.length) {
		runs.push({ text: text.slice(from), hidden: false });
	}
	return runs;
}

/** The same as one string, for places that hold only a string (titles, options, labels). */
export function visibleText(text: string, limit = 400): string {
	return textRuns(clip(text, limit))
		.map(run => run.text)
		.join('');
}

/** Cuts a long text, never inside a surrogate pair, and says so with an ellipsis. */
export function clip(text: string, limit: number): string {
	if (text.length <= limit) {
		return text;
	}
	const last = text.charCodeAt(limit - 1);
	return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit)}…`;
}

function spell(character: string): string {
	const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
	return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
