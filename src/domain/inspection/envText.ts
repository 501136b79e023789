import { type NamedValue } from './knownCandidate';

const ASSIGNMENT = /^[ \t]{0,40}(?:export[ \t]{1,10})?([A-Za-z_][\w.-]{0,199})[ \t]{0,40}[=:][ \t]{0,40}/;
/** Assignments of one text, and UTF-16 units of one value. */
const MAX_VALUES = 2_000;
const MAX_VALUE = 16_384;

/**
 * The assignments of a `.env` file as dotenv reads them: quotes, values over several lines, comments, `export`. The text is
 * attacker-controlled (a workspace brings it); linear.
 */
export function readEnvText(text: string): readonly NamedValue[] {
	const found: NamedValue[] = [];
	for (let at = 0; at < text.length && found.length < MAX_VALUES;) {
		const end = endOfLine(text, at);
		const head = ASSIGNMENT.exec(text.slice(at, Math.min(end, at + 512)));
		if (head !== null) {
			const begin = at + head[0].length;
			const close = closingQuote(text, begin);
			const value = close === undefined ? unquoted(text.slice(begin, end)) : quoted(text, begin, close);
			found.push({ name: head[1] ?? '', value });
			at = close === undefined ? end : endOfLine(text, close);
		} else {
			at = end;
		}
		at++;
	}
	return found;
}

function endOfLine(text: string, at: number): number {
	const end = text.indexOf('\n', at);
	return end < 0 ? text.length : end;
}

/** Where the quote that begins here ends; undefined where none begins, or it does not end. */
function closingQuote(text: string, begin: number): number | undefined {
	const quote = text.charAt(begin);
	if (quote !== '"' && quote !== "'" && quote !== '`') {
		return undefined;
	}
	const most = Math.min(text.length, begin + MAX_VALUE);
	for (let at = begin + 1; at < most; at++) {
		if (text[at] === '\\' && quote === '"') {
			at++;
		} else if (text[at] === quote) {
			return at;
		}
	}
	return undefined;
}

function quoted(text: string, begin: number, close: number): string {
	const inside = text.slice(begin + 1, close);
	return text[begin] === '"' ? inside.replaceAll('\\n', '\n').replace(/\\(["\\$])/g, '$1') : inside;
}

function unquoted(rest: string): string {
	const plain = rest.slice(0, MAX_VALUE);
	const comment = plain.search(/[ \t]#/);
	return (comment < 0 ? plain : plain.slice(0, comment)).trim();
}
