import { type Drift } from '../domain/registry/drift';
import { type Notice } from '../firewall/ports';
import { quoteForPerson } from './quote';
import { say } from './say';

/** One sentence or two on a server that is not what was reviewed, and what was done about it. */
export function driftText({
	serverName,
	tools,
	drifts,
}: Pick<Extract<Notice, { readonly kind: 'drifted' }>, 'serverName' | 'tools' | 'drifts'>): string {
	const who = `“${quoteForPerson(serverName, 60)}”`;
	if (tools.length > 0) {
		return say('MCP Firewall suspended what is not as reviewed of {0}: {1}.', who, listed(tools));
	}
	const keysOf = (fits: (drift: Drift) => boolean) => drifts.filter(fits).map(({ key }) => key);
	const added = keysOf(({ kinds }) => kinds.includes('added'));
	const removed = keysOf(({ kinds }) => kinds.includes('removed'));
	const said = [
		...(added.length > 0 ? [say('{0} lists what nobody reviewed, which is hidden: {1}.', who, listed(added))] : []),
		...(removed.length > 0 ? [say('{0} does not list any more: {1}.', who, listed(removed))] : []),
	];
	return said.length > 0
		? say('MCP Firewall: {0} What you approved goes on as you approved it.', said.join(' '))
		: say(
				'MCP Firewall: {0} differs from its review in spaces alone. The agent gets the reviewed text; nothing is stopped.',
				who,
			);
}

/** False where nothing was stopped or hidden: then it is told, and nobody has to do anything. */
export function isDriftGrave({ drifts }: Pick<Extract<Notice, { readonly kind: 'drifted' }>, 'drifts'>): boolean {
	return drifts.some(({ severity }) => severity !== 'low');
}

function listed(names: readonly string[]): string {
	return quoteForPerson(names.join(', '), 200);
}
