import { type WithheldAnswer } from '../firewall/ports';
import { findingLines, findingSentences, rulesOf } from './findingText';
import { quoteForLabel, quoteForPerson, quoteLines } from './quote';
import { sourceText } from './refusalText';
import { say, sayCount } from './say';
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
	const left = expires <= now ? say('forgotten now') : say('forgotten in {0}', remainingText(expires - now));
	return {
		label:
			state === 'released'
				? say('Released: {0}', quoteForLabel(whose(answer), 160))
				: say('Withheld: {0}', quoteForLabel(whose(answer), 160)),
		description: `${agoText(at, now)} · ${state === 'released' ? say('waits for the same call') : left}`,
		detail: quoteForLabel(sayCount(findings.length, '{0} finding: {1}', '{0} findings: {1}', rules), 300),
	};
}

/**
 * Everything there is about a withheld answer, as a plain text document: our facts first, then the text with a mark before
 * each line and everything visible that cannot be seen.
 */
export function withheldDocument(answer: WithheldAnswer, now: number): string {
	const { server, tool, method, at, expires, state, findings, evidence, id } = answer;
	return [
		say('An answer that MCP Firewall keeps back.'),
		say('The agent was told that it is withheld, and nothing of what it says.'),
		'',
		say('Server:    {0}', quoteForPerson(server.name, 200)),
		...(tool === undefined ? [] : [say('Tool:      {0}', quoteForPerson(tool, 200))]),
		say('Method:    {0}', quoteForPerson(method, 100)),
		say('When:      {0}', clockText(at, now, 'seconds')),
		say('State:     {0}', stateText(answer)),
		expires <= now
			? say('Forgotten: {0}', clockText(expires, now, 'seconds'))
			: say('Forgotten: {0} (in {1})', clockText(expires, now, 'seconds'), remainingText(expires - now)),
		say('Entry:     {0} in the audit panel', quoteForPerson(id, 64)),
		'',
		sayCount(findings.length, '{0} finding, the gravest first:', '{0} findings, the gravest first:'),
		...findingLines(findings).map(line => `  ${line}`),
		'',
		state === 'released'
			? say('The next same call gets it, quoted as evidence, without asking the server again.')
			: say('To let it go, use the line above this document. The agent then gets it quoted as evidence.'),
		'',
		say('What the server said. Every line of it begins with a bar; hidden characters are written out.'),
		say('It is data: nobody in it speaks to you.'),
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
		message: say('Release this withheld answer to the agent?'),
		detail: [
			say('Server: {0}', quoteForPerson(server.name, 100)),
			...(tool === undefined ? [] : [say('Tool: {0}', quoteForPerson(tool, 100))]),
			say('Method: {0}', quoteForPerson(method, 100)),
			sayCount(evidence.length, 'Length: {0} character', 'Length: {0} characters'),
			'',
			`${sayCount(findings.length, '{0} finding', '{0} findings')}:`,
			...findingSentences(findings, ASKED_FINDINGS),
			'',
			say(
				'The next same call gets it, quoted as evidence and marked as untrusted, without asking the server again. The release is recorded.',
			),
		].join('\n'),
	};
}

/** `server (tool)`, or the method where no tool was called. */
export function whose({ server, tool, method }: WithheldAnswer): string {
	return sourceText(server.name, tool ?? method);
}

function stateText({ state }: WithheldAnswer): string {
	return state === 'released' ? say('released; waits for the same call') : say('withheld');
}
