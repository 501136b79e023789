/** What finds a rule's text: a pattern with the flag `g`, or one that passes over some of its matches. */
export type Matcher = RegExp | Passing;

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

/** The words just before a match that a detector or a fixture is described with, and one of them in the same sentence. */
const DESCRIBED =
	/(?:\b(?:prompts?|inputs?|texts?|messages?|strings?|attempts|comments|content) that|\b(?:asks?|tells?|tries|trick(?:s|ing)?|attempts?|instruct(?:s|ing)?|persuades?|urges?) (?:(?:the |an? )?(?:agent|model|assistant|llm|ai|reader|system) )?to) $/;
const DETECTOR =
	/\b(?:check|detect|analy[sz]e|scan|flag|identif|classif|block|warn|recogni[sz]e|filter|whether|guard)\w{0,5}\b[^.!?\n]{0,80}$/;
const FIXTURE =
	/\b(?:expected|mock|canned|dummy|sample|example|fixture|training) (?:output|response|reply|text|input|string|payload|prompt): ?$/;

/**
 * True where the match at `start` to `end` of a folded text is spoken about, not spoken, and nothing around it orders
 * anything. Spoken about is: what stands in quotation marks on one line that the words before introduce as an example or
 * as what is detected ("phrases such as", "detects", "attackers"); what a detector is said to look for ("checks whether a
 * prompt asks the agent to ..."); what a label names a fixture ("mock response: ...").
 *
 * The text is attacker-controlled, and he reads this. What he gains by writing his attack so: that one sentence counts `low`
 * instead of `high`. It is still found and noted, the model still scores it, and with a weak sign of any other family near
 * by it counts `medium`. He may order nothing in the 240 characters before and after, or the sentence counts in full; what
 * he orders farther away is judged as if the quotation were not there.
 */
export function isQuoted(text: string, start: number, end: number): boolean {
	const before = text.slice(Math.max(0, start - INTRODUCED_WITHIN), start);
	if ((DESCRIBED.test(before) && DETECTOR.test(before)) || FIXTURE.test(before)) {
		return isQuiet(text, start, end);
	}
	const quotation = quotationAround(text, start, end);
	return (
		quotation !== undefined &&
		INTRODUCTION.test(text.slice(Math.max(0, quotation.start - INTRODUCED_WITHIN), quotation.start)) &&
		isQuiet(text, quotation.start, quotation.end)
	);
}

function isQuiet(text: string, start: number, end: number): boolean {
	return (
		!ORDER.test(text.slice(Math.max(0, start - QUIET_WITHIN), start)) &&
		!ORDER.test(text.slice(end, end + QUIET_WITHIN))
	);
}

/** The quotation marks around a match, both included. */
function quotationAround(
	text: string,
	start: number,
	end: number,
): { readonly start: number; readonly end: number } | undefined {
	const before = text.slice(Math.max(0, start - MARK_WITHIN), start);
	const open = lastMark(before);
	const closing = open === undefined ? undefined : MARKS.get(before[open] ?? '');
	const closed = closing === undefined ? undefined : closingMark(text, end, closing);
	return open === undefined || closed === undefined
		? undefined
		: { start: start - before.length + open, end: closed + 1 };
}

/** The last quotation mark on the line, if it opens a quotation. An apostrophe within a word is none. */
function lastMark(before: string): number | undefined {
	for (let at = before.length - 1; at >= 0 && before[at] !== '\n'; at--) {
		if (MARKS.has(before[at] ?? '')) {
			const afterWord = /\w/.test(before[at - 1] ?? '');
			if (!(afterWord && before[at] === "'" && /\w/.test(before[at + 1] ?? ''))) {
				return afterWord ? undefined : at;
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

/** The pattern by which a matcher finds. */
export function patternOf(matcher: Matcher): RegExp {
	return matcher instanceof RegExp ? matcher : matcher.pattern;
}

/** A pattern that passes over matches. */
class Passing {
	public constructor(
		public readonly pattern: RegExp,
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
