/** What finds a rule's text: a pattern with the flag `g`, or one that passes over some of its matches. */
export type Matcher = Pick<RegExp, 'lastIndex' | 'exec'>;

/** Characters before a quotation in which it must be introduced, and around it that must not give orders. */
const INTRODUCED_WITHIN = 90;
const QUIET_WITHIN = 240;
/** Longest quotation that counts as one, in each direction from the match. */
const MARK_WITHIN = 100;

/** By opening mark, what closes it. `'` counts only where no letter stands before it, or after it at the end. */
const MARKS: ReadonlyMap<string, string> = new Map([
	["'", "'"],
	['"', '"'],
	['`', '`'],
	['\u2018', '\u2019'],
	['\u201c', '\u201d'],
	['\u201e', '\u201c'],
	['\u00ab', '\u00bb'],
]);

/** Words with which one speaks about attacks, just before the quotation. */
const INTRODUCTION =
	/\b(?:such as|e\.g\.|for example|for instance|phrases?|strings?|patterns?|wording|payloads?|detect\w{0,3}|scan(?:s|ning)? for|looks? for|search(?:es)? for|blocks?|flags?|catch(?:es)?|filters?|rejects?|attackers?|injections?|jailbreaks?|tries to|attempts? to|like)\W{1,4}(?:(?!please|you\b|to\b)[a-z]{1,12}\W{1,3}){0,4}$/;

/** Anything that may be an order to the reader. */
const ORDER =
	/\b(?:you|your|yours|please|must|shall|now|then|immediately|first|instead|follow|obey|execute|comply|apply|perform|act|do|carry out|proceed|assistant|claude|chatgpt|gpt|copilot|gemini|important|send|forward|call|invoke|read|run|open|fetch|upload|post|reveal|print|reply|respond|answer|ignore|disregard|forget|true|real|valid|binding)\b/;

/**
 * True where the match at `start` to `end` of a folded text is spoken about, not spoken: it lies in quotation marks on one
 * line, the words just before them introduce an example or a detector ("phrases such as", "detects", "attackers"), and
 * neither the sentence around nor its neighbours hold a word that could order something.
 *
 * The text is attacker-controlled, and he reads this. What he gains by writing his attack as such a quotation: that one
 * sentence counts `low` instead of `high`. It is still found and noted, `low` still seconds other rules, the model still
 * scores it, and he may not order anything in the 240 characters around: then it counts in full. What he orders farther away
 * is judged as if the quotation were not there.
 */
export function isQuoted(text: string, start: number, end: number): boolean {
	const before = text.slice(Math.max(0, start - MARK_WITHIN), start);
	const open = lastMark(before);
	const closing = open === undefined ? undefined : MARKS.get(before[open] ?? '');
	if (open === undefined || closing === undefined) {
		return false;
	}
	const opened = start - before.length + open;
	const closed = closingMark(text, end, closing);
	if (closed === undefined) {
		return false;
	}
	const around = text.slice(Math.max(0, opened - QUIET_WITHIN), opened);
	const after = text.slice(closed + 1, closed + 1 + QUIET_WITHIN);
	return INTRODUCTION.test(around.slice(-INTRODUCED_WITHIN)) && !ORDER.test(around) && !ORDER.test(after);
}

/** The last quotation mark on the line, if it may open a quotation. */
function lastMark(before: string): number | undefined {
	for (let at = before.length - 1; at >= 0 && before[at] !== '\n'; at--) {
		if (MARKS.has(before[at] ?? '')) {
			const inWord = before[at] === "'" && /\w/.test(before[at - 1] ?? '');
			if (!inWord) {
				return /\w/.test(before[at - 1] ?? '') ? undefined : at;
			}
		}
	}
	return undefined;
}

function closingMark(text: string, from: number, closing: string): number | undefined {
	for (let at = from; at < Math.min(text.length, from + MARK_WITHIN) && text[at] !== '\n'; at++) {
		if (text[at] === closing && !(closing === "'" && /\w/.test(text[at + 1] ?? ''))) {
			return at;
		}
	}
	return undefined;
}

/** A pattern that finds only what is not quoted. */
export function unlessQuoted(pattern: RegExp): Matcher {
	return new Passing(pattern, false);
}

/** A pattern that finds only what is quoted. */
export function whereQuoted(pattern: RegExp): Matcher {
	return new Passing(pattern, true);
}

/** A pattern that passes over matches. */
class Passing implements Matcher {
	public constructor(
		private readonly pattern: RegExp,
		private readonly quoted: boolean,
	) {}

	public get lastIndex(): number {
		return this.pattern.lastIndex;
	}

	public set lastIndex(index: number) {
		this.pattern.lastIndex = index;
	}

	public exec(text: string): RegExpExecArray | null {
		for (let match = this.pattern.exec(text); match !== null; match = this.pattern.exec(text)) {
			if (match[0] === '' || isQuoted(text, match.index, match.index + match[0].length) === this.quoted) {
				return match;
			}
		}
		return null;
	}
}
