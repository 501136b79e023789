import { baseName } from '../base/baseName';
import { counted } from '../base/counted';
import { type PromptGroup } from '../domain/audit/promptGroups';
import { quoteForLabel } from './quote';

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
			? 'No rule is named.'
			: `Rule “${quoteForLabel(rule.id, 80)}” (${quoteForLabel(baseName(rule.file), 80)}:${String(rule.line)}) asks.`;
	const hints = {
		remember: 'At the next question, “Allow for 1 Hour” covers what does the same in this session.',
		keep:
			denied > 0
				? 'You denied some of these: it should go on asking.'
				: 'What it does is risky or leaves this machine: it should go on asking.',
	} as const;
	return {
		label: `${quoteForLabel(server, 60)}/${quoteForLabel(tool, 80)}`,
		description: `${counted(prompts, 'prompt')} · ${String(allowed)} allowed · ${String(denied)} denied`,
		detail: `${quoteForLabel(capability, 60)}. ${asks} ${hints[advice]}`,
	};
}
