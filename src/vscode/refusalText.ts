import { baseName } from '../base/baseName';
import { type Denial, type RememberedAnswer } from '../domain/approval/grant';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { authorityPhrase } from '../domain/identity/authorityWords';
import { hintForPerson, reasonIn } from '../firewall/refusal';
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

/** What refused and what to do about it, for the person. */
export function hintText(entry: AuditRecord): string {
	return say(hintForPerson(reasonOf(entry)));
}

/** Why a call was refused: a word of ours, or of the rule's author. */
export function reasonOf({ detail, verdict }: AuditRecord): string {
	return detail === undefined ? (verdict?.reason ?? '') : reasonIn(detail);
}

/** `server (tool)`, both quoted. */
export function sourceText(server: string | undefined, tool: string | undefined): string {
	const name = quoteForPerson(server ?? say('a server'), 60);
	return tool === undefined ? name : `${name} (${quoteForPerson(tool, 80)})`;
}

/** Why a call is refused that only a review lets through again. */
const UNREVIEWED = /(?:_drifted|_not_reviewed|_not_listed)$|^server_(?:not_approved|revoked)$|^supply_changed$/;

/** The id of the server whose review would let the refused call through; undefined where another way leads there. */
export function reviewBehind(entry: AuditRecord): string | undefined {
	return UNREVIEWED.test(reasonOf(entry)) ? entry.server?.id : undefined;
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
