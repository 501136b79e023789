import { gravestFirst, rulesOf, saidFindings, whyText } from './findingText';
import { type AnswerBatch, type ToldAnswer } from './noticeGate';
import { quoteForPerson } from './quote';
import { sourceText } from './refusalText';
import { say, sayCount } from './say';
import { durationText } from './timeText';

/** What is said of answers that did not reach the agent as they came, and what can be done about it. */
export interface AnswerNotice {
	readonly message: string;
	/** The withheld answer to show; empty for the list of them. Absent where nothing is withheld. */
	readonly show?: string;
	/** The entry to open in the panel; empty for the panel. */
	readonly panel: string;
	/** The entry whose rules can be suppressed, and the button for it. */
	readonly suppress?: { readonly id: string; readonly button: string };
}

/** The notice of a batch: one answer with its reason, or several of one server counted. Undefined for an empty batch. */
export function answerNotice({ answers, count, over }: AnswerBatch): AnswerNotice | undefined {
	const [first] = answers;
	if (first === undefined) {
		return undefined;
	}
	const { entry, kind } = first;
	const total = count.quarantined + count.withheld;
	if (total === 1) {
		const who = sourceText(entry.server?.name, entry.tool ?? entry.method);
		const findings = saidFindings(entry);
		const why = whyText(findings);
		return {
			message: becameText(first, who, why),
			...(kind === 'withheld' && { show: entry.id }),
			panel: entry.id,
			...(rulesOf(findings).length > 0 && {
				suppress: { id: entry.id, button: suppressButton(entry.server?.name) },
			}),
		};
	}
	const server = quoteForPerson(entry.server?.name ?? say('a server'), 60);
	const parts = [
		...(count.withheld > 0 ? [say('{0} withheld', count.withheld)] : []),
		...(count.quarantined > 0 ? [say('{0} quoted for the agent as evidence', count.quarantined)] : []),
	];
	return {
		message: sayCount(
			total,
			'MCP Firewall: {0} more answer of {1} in {2} read like instructions: {3}.',
			'MCP Firewall: {0} more answers of {1} in {2} read like instructions: {3}.',
			server,
			durationText(over),
			parts.join(', '),
		),
		...(count.withheld > 0 && { show: '' }),
		panel: '',
	};
}

function becameText({ kind, entry }: ToldAnswer, who: string, why: string): string {
	if (kind === 'withheld') {
		return say('MCP Firewall: an answer of {0} was withheld: {1}', who, why);
	}
	if (entry.outcome === 'withheld') {
		return say(
			'MCP Firewall: an answer of {0} was withheld for good, because it is too large to be kept: {1}',
			who,
			why,
		);
	}
	if (entry.released !== undefined) {
		return say(
			'MCP Firewall: an answer of {0} was released, so the agent got it as quoted evidence: {1}',
			who,
			why,
		);
	}
	const [gravest] = gravestFirst(saidFindings(entry));
	return gravest?.kind === 'unsafe-link' || gravest?.kind === 'wrong-content'
		? say(
				'MCP Firewall: an answer of {0} is not what it should be, so the agent got a part of it replaced or quoted: {1}',
				who,
				why,
			)
		: say(
				'MCP Firewall: an answer of {0} reads like instructions, so the agent got it as quoted evidence: {1}',
				who,
				why,
			);
}

/** The words of the button that leads to a suppression. */
export function suppressButton(server: string | undefined): string {
	return server === undefined
		? say('Suppress This Rule for This Server…')
		: say('Suppress This Rule for {0}…', quoteForPerson(server, 24));
}
