import { type Finding } from './finding';

/** A finding in a text, before it is known where the text stands. */
type Hit = Omit<Finding, 'pointer'>;

/** Text without one of these has no link that acts. */
const HINT = /command:|javascript:|vbscript:|vscode|!\[/i;

/** Links of markdown and HTML that run a command of the editor or a script when they are followed. */
const CODE_LINK =
	/(?:\]\(\s{0,8}<?|\]:\s{1,8}<?|href\s{0,8}=\s{0,8}["']?)\s{0,8}(?:command|javascript|vbscript|vscode(?:-[a-z]{1,24}){0,4}):[^\s"'>)]{0,512}/gi;

/** Where the address of a link or picture in markdown begins, and the address. */
const ADDRESS = /\]\(\s{0,8}<?(?<address>https?:[^)\s]{0,2048})/gi;

/** A picture's `![` stands so far before its address at most. */
const ALT_TEXT = 300;

/** Findings of one text by severity; more say nothing new. */
const MAX_HITS = 20;

/** A place that somebody is to fill in: `?q={conversation}`, `?q=[DATA]`, `?q=$(…)`. */
const BLANK = /[?&#=][^)]{0,512}?(?:[{[<]|\$\(|%7b|%5b|%3c|\.\.\.|…|%s\b|YOUR_|_HERE\b)/i;

/** A value longer than any key of a badge. */
const LONG_VALUE = /[?&#][^)]{0,512}?=[\w%+/.-]{64}/;

const CODE_LINK_RULE = 'markdown-code-link';
const PICTURE_RULE = 'markdown-picture-data';
/** Ids of the findings about links in texts. */
export const PROSE_LINK_RULES: readonly string[] = [CODE_LINK_RULE, PICTURE_RULE];

/**
 * Links in a text that act when a client shows it as markdown: commands and scripts, and pictures whose address has room for
 * data, by which a model gives away what it knows without a call (exfiltration by rendering). Linear; attacker-controlled.
 */
export function proseLinks(text: string): readonly Hit[] {
	if (!HINT.test(text)) {
		return [];
	}
	const hits: Hit[] = [];
	const hasRoom = (severity: Finding['severity']) =>
		hits.filter(each => each.severity === severity).length < MAX_HITS;
	for (const match of text.matchAll(CODE_LINK)) {
		if (!hasRoom('medium')) {
			break;
		}
		// Documentation of extensions shows such links; one that hands over arguments is made to be followed.
		const severity = /:[^?]{0,512}\?.|script:/i.test(match[0]) ? 'medium' : 'low';
		if (hasRoom(severity)) {
			const advice = 'A link in the text runs a command.';
			hits.push(hit(CODE_LINK_RULE, severity, match.index, match[0].length, advice));
		}
	}
	for (const match of text.matchAll(ADDRESS)) {
		const address = match.groups?.['address'] ?? '';
		const before = text.slice(Math.max(0, match.index - ALT_TEXT), match.index);
		const start = before.lastIndexOf('![');
		if (start >= 0 && hasRoom('medium') && (BLANK.test(address) || LONG_VALUE.test(address))) {
			const advice = 'A picture in the text would send data to another server when it is shown.';
			const length = before.length - start + match[0].length;
			hits.push(hit(PICTURE_RULE, 'medium', match.index - before.length + start, length, advice));
		}
	}
	return hits;
}

function hit(rule: string, severity: Finding['severity'], start: number, length: number, advice: string): Hit {
	return { kind: 'unsafe-link', rule, severity, span: { start, end: start + length }, advice };
}
