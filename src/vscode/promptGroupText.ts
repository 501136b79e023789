import { baseName } from '../base/baseName';
import { type PromptGroup } from '../domain/audit/promptGroups';
import { quoteForLabel } from './quote';
import { say, sayCount } from './say';

/** One row of "What You Are Asked About Most". */
export interface PromptGroupRow {
	readonly label: string;
	readonly description: string;
	readonly detail: string;
}

/** A group of questions as a row; names from outside are quoted. */
export function promptGroupRow({
	server,
	tool,
	capability,
	prompts,
	allowed,
	denied,
	advice,
	latest,
}: PromptGroup): PromptGroupRow {
	const rule = latest.verdict?.rule;
	const asks =
		rule === undefined
			? say('No rule is named.')
			: say(
					'Rule “{0}” ({1}:{2}) asks.',
					quoteForLabel(rule.id, 80),
					quoteForLabel(baseName(rule.file), 80),
					rule.line,
				);
	const hints = {
		remember: say('At the next question, “Allow for 1 Hour” covers what does the same in this session.'),
		keep:
			denied > 0
				? say('You denied some of these: it should go on asking.')
				: say('What it does is risky or leaves this machine: it should go on asking.'),
	} as const;
	return {
		label: `${quoteForLabel(server, 60)}/${quoteForLabel(tool, 80)}`,
		description: sayCount(
			prompts,
			'{0} prompt · {1} allowed · {2} denied',
			'{0} prompts · {1} allowed · {2} denied',
			allowed,
			denied,
		),
		detail: `${quoteForLabel(capability, 60)}. ${asks} ${hints[advice]}`,
	};
}
