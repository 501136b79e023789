import { type AuditRecord } from '../domain/audit/auditRecord';
import { HINTED } from '../firewall/refusal';
import { reasonOf } from './refusalText';
import { say } from './say';

/** How a person changes what refused a call, in one sentence; undefined where the hint says it, or there is nothing to change. */
export function wayToChange(entry: AuditRecord): string | undefined {
	const reason = reasonOf(entry);
	switch (reason) {
		case 'policy_default_deny':
			return say('To change that, add a rule for it: “MCP Firewall: Open Policy”.');
		case 'badge_missing':
		case 'trust_insufficient':
		case 'tool_not_allowed':
			return say(
				'To change that, edit what the policy’s section `identity` asks for: “MCP Firewall: Open Policy”.',
			);
		case 'tool_suspended':
			return say('To let it go on: “MCP Firewall: Manage Grants…”.');
		case 'approval_denied_before':
			return say('To be asked again, take that answer back: “MCP Firewall: Manage Grants…”.');
		default:
			return HINTED.includes(reason)
				? undefined
				: say(
						'To change that, edit the named rule: “MCP Firewall: Open Policy”. A rule in a file of your organisation is changed by whoever looks after this machine.',
					);
	}
}
