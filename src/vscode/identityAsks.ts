import { termsFor } from '../domain/policy/identityTerms';
import { type Policy } from '../domain/policy/policy';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { quoteForPerson } from './quote';
import { say, sayCount } from './say';
import { levelText } from './trustCardText';

/** Names of tools that one line has. */
const NAMED = 6;

/**
 * What the policy in force asks of a server's identity, for each of its tools: the terms that count, of every layer, tools of the
 * same terms together. Empty where nothing is asked.
 */
export function identityAsks(
	policy: Policy | undefined,
	entry: Pick<ServerEntry, 'name' | 'tools'>,
): readonly string[] {
	const layers = policy === undefined ? [] : (policy.layers?.map(layer => layer.policy) ?? [policy]);
	const toolsOf = new Map<string, Set<string>>();
	for (const { identity } of layers) {
		for (const { name: tool, capability } of identity === undefined ? [] : entry.tools) {
			for (const text of textsOf(identity && termsFor(identity, { server: entry.name, tool, capability }))) {
				toolsOf.set(text, (toolsOf.get(text) ?? new Set()).add(tool));
			}
		}
	}
	const observes = policy?.identity?.mode === 'observe' && toolsOf.size > 0;
	return [
		...(observes
			? [say('Mode observe: what would be refused for want of identity is recorded, and let through.')]
			: []),
		...[...toolsOf].map(([text, tools]) => `${text}: ${named([...tools], entry.tools.length)}`),
	];
}

function textsOf(terms: ReturnType<typeof termsFor> | undefined): readonly string[] {
	return [
		...(terms?.minTrustLevel === undefined ? [] : [say('At least {0}', levelText(terms.minTrustLevel.value))]),
		...(terms?.requireBadge === undefined ? [] : [say('A badge that counts')]),
		...(terms?.refusedBy === undefined ? [] : [say('Refused by a list of tools, whoever it is')]),
	];
}

function named(tools: readonly string[], all: number): string {
	if (tools.length === all) {
		return all === 1 ? say('its one tool') : say('all its tools');
	}
	const rest = tools.length - NAMED;
	const shown = tools.slice(0, NAMED).map(tool => quoteForPerson(tool, 60));
	return [...shown, ...(rest > 0 ? [sayCount(rest, '{0} more tool', '{0} more tools')] : [])].join(', ');
}
