import { baseName } from '../base/baseName';
import { type Denial, type RememberedAnswer } from '../domain/approval/grant';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { authorityPhrase } from '../domain/identity/authorityWords';
import { hintFor } from '../firewall/refusal';
import { quoteForPerson } from './quote';
import { say, sayPhrase } from './say';

/** What refused a call and why, in one line of ours with quoted names. */
export function refusalText(entry: AuditRecord): string {
	const who = sourceText(entry.server?.name, entry.tool);
	const paths = (entry.paths ?? []).join(', ');
	const what = paths === '' ? who : say('{0} on {1}', who, quoteForPerson(paths, 200));
	const rule = entry.verdict?.rule;
	if (wasDeniedBefore(entry)) {
		return say('MCP Firewall refused {0} without asking, because you denied this very call before.', what);
	}
	// A detail says what refused in the rule's stead.
	const { authority } = entry;
	if (authority?.why !== undefined && authority.observed !== true) {
		return `${say('MCP Firewall refused {0}.', what)} ${hintText(entry)} ${quoteForPerson(sayPhrase(authorityPhrase(authority.why)), 300)}`;
	}
	return rule !== undefined && entry.detail === undefined
		? say(
				'MCP Firewall refused {0}: rule {1} ({2}:{3}).',
				what,
				quoteForPerson(rule.id, 120),
				quoteForPerson(baseName(rule.file), 80),
				rule.line,
			)
		: `${say('MCP Firewall refused {0}.', what)} ${hintText(entry)}`;
}

/** What refused and what to do about it, for the person: the agent's hint, but for what only tells the agent to leave it to the person: it is them who reads this. */
export function hintText({ detail, verdict }: AuditRecord): string {
	const reason = detail ?? verdict?.reason ?? '';
	switch (reason) {
		case 'policy_default_deny':
			return say('This is outside of what the policy allows.');
		case 'badge_missing':
			return say('The policy asks this server to prove who it is, and it has not.');
		case 'trust_insufficient':
			return say('The policy asks for more trust than this server has.');
		case 'tool_not_allowed':
			return say('The policy does not let this tool run.');
		case 'issuer_untrusted':
			return say('The policy asks this server to prove who it is, and you do not trust who says so.');
		case 'approval_flood':
			return say('Too many calls wait for a person already.');
		case 'approval_too_long_to_show':
			return say('The arguments are too long to be shown in full, so nobody was asked.');
		case 'input_rounds':
			return say('The server asks for input again and again.');
		default:
			return say(hintFor(reason));
	}
}

/** `server (tool)`, both quoted. */
export function sourceText(server: string | undefined, tool: string | undefined): string {
	const name = quoteForPerson(server ?? say('a server'), 60);
	return tool === undefined ? name : `${name} (${quoteForPerson(tool, 80)})`;
}

/** Why a call is refused that only a review lets through again. */
const UNREVIEWED = /(?:_drifted|_not_reviewed|_not_listed)$|^server_(?:not_approved|revoked)$|^supply_changed$/;

/** The id of the server whose review would let the refused call through; undefined where another way leads there. */
export function reviewBehind({ server, detail, verdict }: AuditRecord): string | undefined {
	return UNREVIEWED.test(detail ?? verdict?.reason ?? '') ? server?.id : undefined;
}

/** True when a remembered no refused the call, so that the person can take it back. */
export function wasDeniedBefore({ approval }: AuditRecord): boolean {
	return approval?.outcome === 'denied-before';
}

/**
 * The remembered no's behind a refused call: those of its tool in its session. An entry does not name the one that counted,
 * and to forget one too many brings a question, nothing else.
 */
export function denialsBehind(
	{ session, server, tool }: AuditRecord,
	answers: readonly RememberedAnswer[],
): readonly Denial[] {
	return answers.flatMap(answer =>
		answer.kind === 'denial' &&
		answer.denial.session === session &&
		answer.denial.serverId === server?.id &&
		answer.denial.tool === tool
			? [answer.denial]
			: [],
	);
}
