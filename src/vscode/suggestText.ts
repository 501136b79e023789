import { baseName } from '../base/baseName';
import { type Suggestion } from '../domain/policy/suggestRules';
import { quoteForLabel } from './quote';
import { say } from './say';

/** Files that a row names. */
const MOST_FILES = 3;

/** A suggestion as a row of a list, in the words of the call it is about. */
export interface SuggestionRow {
	readonly label: string;
	readonly description: string;
	readonly detail: string;
}

/** What the rule would let pass, how many questions it spares, and which rule asks them now; names from outside are quoted. */
export function suggestionRow({ rule, saved, of }: Suggestion): SuggestionRow {
	const tools = quoteForLabel(rule.tools.join(', '), 100);
	const server = quoteForLabel(rule.servers.join(', '), 60);
	const where = placeText(rule);
	const asks = (rule.instead_of ?? []).map(id => `“${quoteForLabel(id, 80)}”`).join(', ');
	return {
		label:
			where === undefined
				? say('Allow {0} of {1}', tools, server)
				: say('Allow {0} of {1} in {2}', tools, server, where),
		// Never of one: one yes is no habit.
		description: say('would have saved {0} of your last {1} questions', saved.length, of),
		detail: say(
			'{0}: no longer asked about by {1}. New rule: {2}',
			...[quoteForLabel(rule.capability, 60), asks, quoteForLabel(rule.id, 100)],
		),
	};
}

/** The folder within the workspace, or the files where they lie in the workspace's own folder. */
function placeText({ path_prefix, paths = [] }: Suggestion['rule']): string | undefined {
	if (path_prefix === undefined) {
		return undefined;
	}
	const folder = path_prefix.replace(/^\$\{workspaceFolder\}\/?/, '');
	if (folder !== '') {
		return quoteForLabel(`${folder}/`, 80);
	}
	const files = paths.slice(0, MOST_FILES).map(path => quoteForLabel(baseName(path), 60));
	const more = paths.length - files.length;
	return more > 0 ? say('{0} and {1} more', files.join(', '), more) : files.join(', ');
}
