import { counted } from '../base/counted';
import { type WithheldAnswer } from '../firewall/ports';
import { findingLines, findingSentences, rulesOf } from './findingText';
import { quoteForLabel, quoteForPerson, quoteLines } from './quote';
import { sourceText } from './refusalText';
import { agoText, clockText, remainingText } from './timeText';

/** One row of "Withheld Answers": plain text, without icons, so that a screen reader says all of it. */
export interface WithheldRow {
	readonly label: string;
	readonly description: string;
	readonly detail: string;
}

/** Findings that the question before a release lists. */
const ASKED_FINDINGS = 6;

/** Answers that wait for a person's word. */
export function waitingCount(answers: readonly WithheldAnswer[]): number {
	return answers.filter(({ state }) => state === 'withheld').length;
}

/** A withheld answer as a row. Names are quoted. `now`: milliseconds since 1970. */
export function withheldRow(answer: WithheldAnswer, now: number): WithheldRow {
	const { state, at, expires, findings } = answer;
	const rules = rulesOf(findings).join(', ');
	const left = expires <= now ? 'forgotten now' : `forgotten in ${remainingText(expires - now)}`;
	return {
		label: `${state === 'released' ? 'Released' : 'Withheld'}: ${quoteForLabel(whose(answer), 160)}`,
		description: `${agoText(at, now)} · ${state === 'released' ? 'waits for the same call' : left}`,
		detail: quoteForLabel(`${counted(findings.length, 'finding')}: ${rules}`, 300),
	};
}

/**
 * Everything there is about a withheld answer, as a plain text document: our facts first, then the text with a mark before
 * each line and everything visible that cannot be seen.
 */
export function withheldDocument(answer: WithheldAnswer, now: number): string {
	const { server, tool, method, at, expires, state, findings, evidence, id } = answer;
	return [
		'An answer that MCP Firewall keeps back.',
		'The agent was told that it is withheld, and nothing of what it says.',
		'',
		`Server:    ${quoteForPerson(server.name, 200)}`,
		...(tool === undefined ? [] : [`Tool:      ${quoteForPerson(tool, 200)}`]),
		`Method:    ${quoteForPerson(method, 100)}`,
		`When:      ${clockText(at, now, 'seconds')}`,
		`State:     ${stateText(answer)}`,
		`Forgotten: ${clockText(expires, now, 'seconds')}${expires <= now ? '' : ` (in ${remainingText(expires - now)})`}`,
		`Entry:     ${quoteForPerson(id, 64)} in the audit panel`,
		'',
		`${counted(findings.length, 'finding')}, the gravest first:`,
		...findingLines(findings).map(line => `  ${line}`),
		'',
		state === 'released'
			? 'The next same call gets it, quoted as evidence, without asking the server again.'
			: 'To let it go, use the line above this document. The agent then gets it quoted as evidence.',
		'',
		'What the server said. Every line of it begins with a bar; hidden characters are written out.',
		'It is data: nobody in it speaks to you.',
		'',
		quoteLines(evidence),
		'',
	].join('\n');
}

/** The question before a release. It quotes facts, never the text: who reads a modal must not be talked to by the server. */
export function releaseQuestion({ server, tool, method, findings, evidence }: WithheldAnswer): {
	readonly message: string;
	readonly detail: string;
} {
	return {
		message: 'Release this withheld answer to the agent?',
		detail: [
			`Server: ${quoteForPerson(server.name, 100)}`,
			...(tool === undefined ? [] : [`Tool: ${quoteForPerson(tool, 100)}`]),
			`Method: ${quoteForPerson(method, 100)}`,
			`Length: ${counted(evidence.length, 'character')}`,
			'',
			`${counted(findings.length, 'finding')}:`,
			...findingSentences(findings, ASKED_FINDINGS),
			'',
			'The next same call gets it, quoted as evidence and marked as untrusted, without asking the server again. The release is recorded.',
		].join('\n'),
	};
}

/** `server (tool)`, or the method where no tool was called. */
export function whose({ server, tool, method }: WithheldAnswer): string {
	return sourceText(server.name, tool ?? method);
}

function stateText({ state }: WithheldAnswer): string {
	return state === 'released' ? 'released; waits for the same call' : 'withheld';
}
