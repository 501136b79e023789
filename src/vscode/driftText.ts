import { type Notice } from '../firewall/ports';
import { quoteForPerson } from './quote';

/** One sentence on a server that is not what was reviewed, and what was done about it. */
export function driftText({
	serverName,
	tools,
}: Pick<Extract<Notice, { readonly kind: 'drifted' }>, 'serverName' | 'tools'>): string {
	const who = `“${quoteForPerson(serverName, 60)}”`;
	return tools.length === 0
		? `MCP Firewall: ${who} is not what was reviewed. What is new is hidden; what you approved goes on as you approved it.`
		: `MCP Firewall suspended what is not as reviewed of ${who}: ${quoteForPerson(tools.join(', '), 200)}.`;
}
