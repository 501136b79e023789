import { baseName } from '../base/baseName';
import { type JsonObject } from '../base/json';
import { TOOL_CODES, type ToolCode } from '../domain/identity/toolCodes';
import { type Verdict } from '../domain/policy/verdict';
import { errorResponse, type RpcId } from './message';

/** JSON-RPC code of every refusal by policy, as the seed document prints it. */
export const REFUSAL_CODE = -32000;

/** Why a message was not let through, in terms that people, tests and the audit trail share. */
export interface Refusal {
	readonly capability: string;
	/** Machine-readable. */
	readonly reason: string;
	/** Absent where no rule but the path itself refused. */
	readonly verdict?: Verdict;
	/** RFC-006 §10, where identity refused and no verdict says so. */
	readonly code?: ToolCode;
	/** How to change it; one sentence of ours, no server text. */
	readonly hint: string;
}

/**
 * The error a client gets instead of a result: `AgentActionBlocked: capability=… decision=denied reason=…`, then the rule with
 * its place and how to change it, because a chat shows the message alone; the same, and the id of the audit entry, in `data`.
 */
export function refusalResponse(id: RpcId, refusal: Refusal, evidenceId: string): JsonObject {
	const { verdict } = refusal;
	const rule = verdict?.rule;
	const authority = verdict?.reason === refusal.reason && verdict.effect === 'deny' ? verdict.authority : undefined;
	// RFC-008 §9.3: the code and the evidence, never which level or tool would pass.
	const code = refusal.code ?? (authority && TOOL_CODES[authority.reason]);
	const ruleAt = rule === undefined ? null : `${baseName(rule.at.file)}:${String(rule.at.line)}`;
	const named = rule === undefined ? '' : ` Rule ${rule.id} (${ruleAt ?? ''}).`;
	return errorResponse(
		id,
		REFUSAL_CODE,
		`AgentActionBlocked: capability=${refusal.capability} decision=denied reason=${refusal.reason}.${named} ${refusal.hint}`,
		{
			decision: 'denied',
			reason: refusal.reason,
			...(code !== undefined && { code }),
			rule: rule === undefined ? null : rule.id,
			ruleAt,
			evidenceId,
			hint: refusal.hint,
		},
	);
}

/** What is said to both; or in two ways, where only the person can act on it, or only the agent. */
type Hint = string | { readonly agent: string; readonly person: string };

const HINTS: Readonly<Record<string, Hint>> = {
	policy_default_deny: {
		agent: 'This is outside of what the policy allows. Only the person can change the policy.',
		person: 'This is outside of what the policy allows.',
	},
	policy_unusable: 'The policy file has an error; open it with "MCP Firewall: Open Policy" and mend the marked line.',
	unknown_capability: 'What this tool can do is not known. Name its capability in the policy or review the server.',
	path_unjudgeable: 'A path in the arguments cannot be judged. A plain absolute path inside the workspace can.',
	limit_exceeded: 'The limit of the rule is used up for now.',
	trust_too_low: 'The rule asks for a higher trust level than this server has.',
	decision_denied: 'The decision service of this machine or organisation refused this call.',
	decision_unavailable: 'The decision service gave no decision, so the call was refused. Try again later.',
	decision_obligation: 'The decision service asks for something that cannot be done here, so the call was refused.',
	server_identity_failed: {
		agent: 'The identity of this server failed a check that no honest server fails, so nothing goes there. The person can look at it with "MCP Firewall: Review Server…".',
		person: 'The identity of this server failed a check that no honest server fails, so nothing goes there. Look at it with "MCP Firewall: Review Server…".',
	},
	badge_missing: {
		agent: 'The policy asks this server to prove who it is, and it has not. Only the person can change that.',
		person: 'The policy asks this server to prove who it is, and it has not.',
	},
	badge_invalid: 'The policy asks this server to prove who it is, and what it shows does not hold.',
	badge_expired: 'The policy asks this server to prove who it is, and what it shows has expired.',
	badge_revoked: 'The policy asks this server to prove who it is, and what it shows was revoked.',
	issuer_untrusted: {
		agent: 'The policy asks this server to prove who it is, and the person does not trust who says so.',
		person: 'The policy asks this server to prove who it is, and you do not trust who says so.',
	},
	trust_insufficient: {
		agent: 'The policy asks for more trust than this server has. Only the person can change the policy.',
		person: 'The policy asks for more trust than this server has.',
	},
	tool_not_allowed: {
		agent: 'The policy does not let this tool run. Only the person can change the policy.',
		person: 'The policy does not let this tool run.',
	},
	protected_place: 'This place is protected whatever the policy says: it holds secrets, or runs code later.',
	secret_in_arguments:
		'The arguments hold what looks like a key, token or password, and it would leave this machine.',
	tool_suspended: {
		agent:
			'This tool was refused several times with changed arguments, or with all that waited, so it rests until the window is ' +
			'reloaded or the person lets it go on.',
		person:
			'This tool was refused several times with changed arguments, or with all that waited, so it rests until the window is ' +
			'reloaded or you let it go on.',
	},
	approval_denied: {
		agent: 'The person said no.',
		person: 'You said no.',
	},
	approval_denied_before: {
		agent: 'The person said no to this very call in this session. Do not repeat it; ask the person.',
		person: 'You said no to this very call in this session.',
	},
	approval_dismissed_recently: {
		agent: 'Nobody decided on this very call a moment ago. Wait half a minute before it is asked again.',
		person: 'Nobody decided on this very call a moment ago. It is not asked about again for half a minute.',
	},
	approval_flood: {
		agent: 'Too many calls wait for a person already. Make fewer calls at once.',
		person: 'Too many calls wait for a person already.',
	},
	approval_dismissed: 'The approval was dismissed.',
	approval_timeout: 'Nobody answered the approval in time.',
	approval_cancelled: 'The call was cancelled while it waited for an approval.',
	approval_unavailable: {
		agent: 'This rule asks for an approval, and there is nobody to ask here. Open VS Code to approve calls of a server that it guards.',
		person: 'This rule asks for an approval, and there was nobody to ask.',
	},
	approval_too_long_to_show: {
		agent: 'The arguments are too long to be shown to a person in full, so nobody was asked. Make several smaller calls.',
		person: 'The arguments are too long to be shown in full, so nobody was asked.',
	},
	emergency_stop: 'All guarded servers are stopped. Run "MCP Firewall: Resume Guarded Servers" to go on.',
	workspace_restricted: {
		agent: 'The person has not trusted this workspace, so no server is started in it.',
		person: 'This workspace is not trusted, so no server is started in it.',
	},
	server_not_approved: 'This server is not approved. Review it with "MCP Firewall: Review Server…".',
	server_not_listed:
		'Whoever looks after this machine decides which MCP servers may run; the named list can be changed there alone.',
	server_revoked: {
		agent: 'This server was revoked. Only a person can bring it back, with "MCP Firewall: Review Server…".',
		person: 'This server was revoked. You can bring it back with "MCP Firewall: Review Server…".',
	},
	supply_changed:
		'What this server starts is not what was reviewed. Look at what changed with "MCP Firewall: Review Server…".',
	tool_not_reviewed: 'This tool has not been reviewed. Review it with "MCP Firewall: Review Server…".',
	tool_drifted: 'This tool is not what was reviewed. Review it with "MCP Firewall: Review Server…".',
	tool_not_listed: 'The server does not list this tool any more. Review it with "MCP Firewall: Review Server…".',
	server_drifted:
		'The server introduces itself otherwise than when it was reviewed, so nothing of it runs. Review it with "MCP Firewall: Review Server…".',
	surface_unknown:
		'What the server offers could not be compared with its review, so nothing of it runs. Try again, or see "MCP Firewall: Show Log".',
	prompt_not_reviewed: 'This prompt has not been reviewed. Review it with "MCP Firewall: Review Server…".',
	prompt_drifted: 'This prompt is not what was reviewed. Review it with "MCP Firewall: Review Server…".',
	prompt_not_listed: 'The server does not list this prompt any more. Review it with "MCP Firewall: Review Server…".',
	template_not_reviewed:
		'The resource template has not been reviewed. Review it with "MCP Firewall: Review Server…".',
	template_drifted: 'The resource template is not what was reviewed. Review it with "MCP Firewall: Review Server…".',
	template_not_listed:
		'The server does not list this resource template any more. Review it with "MCP Firewall: Review Server…".',
	above_sensitivity: 'What was to be sent is more sensitive than this server may be sent.',
	personal_data:
		'What was to be sent holds personal data of a kind that the policy keeps here (inspection.outgoing).',
	arguments_unjudgeable:
		'The reviewed schema of this tool is too large to tell what it declares. Review the server again.',
	protected_path: 'This path belongs to MCP Firewall itself. No rule can open it to a tool.',
	internal_error: 'Something failed inside MCP Firewall, so the call was refused. See "MCP Firewall: Show Log".',
	trail_unwritable: 'The audit trail cannot be written, so nothing may run. Free disk space and reload the window.',
	answer_unrecorded: {
		agent: 'The call was made, but the audit trail cannot be written, so its answer is withheld. Do not simply repeat it.',
		person: 'The call was made, but the audit trail cannot be written, so its answer is withheld.',
	},
	input_unknown: 'The answer of the server asks the client for something that MCP does not know.',
	input_malformed: 'The answer of the server asks the client for something that cannot be read for sure.',
	input_rounds: {
		agent: 'The server asks for input again and again. Make the call anew if it should go on.',
		person: 'The server asks for input again and again.',
	},
	changed_while_waiting: 'Policy, server or paths changed while the call waited for an approval. Try again.',
};

const OTHER: Hint = {
	agent: 'A rule of the policy refuses this. Only the person can change the policy, at the named rule.',
	person: 'A rule of the policy refuses this.',
};

/** The reasons that have a hint of their own. */
export const HINTED: readonly string[] = Object.keys(HINTS);

/** A hint for a reason; a general one where none is kept. It goes to the agent, in English whatever the editor speaks. */
export function hintFor(reason: string): string {
	const hint = hintOf(reason);
	return typeof hint === 'string' ? hint : hint.agent;
}

/** The same for the person who reads what was refused: it never sends them to themselves. The surface says it in their language. */
export function hintForPerson(reason: string): string {
	const hint = hintOf(reason);
	return typeof hint === 'string' ? hint : hint.person;
}

/**
 * The reason that an entry's detail names, alone or beside what it is about (`supply_changed: …`, `…: path_unjudgeable`); the
 * detail itself where it names none.
 */
export function reasonIn(detail: string): string {
	return detail.split(': ').find(part => Object.hasOwn(HINTS, part)) ?? detail;
}

function hintOf(reason: string): Hint {
	return (Object.hasOwn(HINTS, reason) ? HINTS[reason] : undefined) ?? OTHER;
}
