import { baseName } from '../base/baseName';
import { type ApprovalRequest } from '../domain/approval/approval';
import { describeGrant } from '../domain/approval/describeGrant';
import { type PathFact } from '../domain/policy/facts';
import { quoteForPerson, visibleJson } from './quote';

/** Longest quoted piece of server or model text in a modal; Show Details has all of it. */
const MAX_QUOTE = 300;

/** The question, in one line of host facts. */
export function approvalMessage(request: ApprovalRequest): string {
	const name = quoteForPerson(request.server.name, 60);
	return `Allow ${quoteForPerson(request.tool, 80)} of the MCP server ${name}?`;
}

/**
 * The modal's detail. Host facts come first, one per line; what the server or the model says follows, quoted and
 * escaped, under a heading that says so.
 */
export function approvalDetail(request: ApprovalRequest): string {
	const { verdict } = request;
	const rule = verdict.rule;
	const facts = [
		`Capability: ${request.capability}`,
		...pathLines(request.paths),
		`Rule: ${rule === undefined ? 'none' : `${rule.id} (${baseName(rule.at.file)}:${String(rule.at.line)})`}`,
		// A reason of the rule's author; without one the rule itself says enough.
		...(verdict.reason === 'policy_require_approval' ? [] : [`Reason: ${quoteForPerson(verdict.reason, 120)}`]),
		...findingLines(request),
		...(request.scopes.includes('session') ? [`Allow for Session covers: ${sessionScope(request)}`] : []),
	];
	const quoted = [
		`Arguments: ${quoteForPerson(JSON.stringify(request.arguments), MAX_QUOTE)}`,
		...(request.description?.description === undefined
			? []
			: [`The server says of this tool: ${quoteForPerson(request.description.description, MAX_QUOTE)}`]),
	];
	return `${facts.join('\n')}\n\nQuoted, not verified:\n${quoted.join('\n')}`;
}

/** What a session grant for this request would cover, as the person should read it. */
export function sessionScope(request: ApprovalRequest): string {
	return describeGrant(request, folder => quoteForPerson(folder, 120));
}

/** Everything there is to know about the call, as a document. */
export function approvalDocument(request: ApprovalRequest): string {
	return visibleJson({
		question: approvalMessage(request),
		server: request.server,
		tool: request.tool,
		capability: request.capability,
		rule: request.verdict.rule ?? null,
		reason: request.verdict.reason,
		paths: request.paths,
		findings: request.findings,
		sentBytesDigest: request.digest,
		arguments: request.arguments,
		quotedFromServer: request.description ?? null,
	});
}

/**
 * One line for each path, and below it where else it leads: through a symlink, or as a server may read it that decodes
 * percent signs.
 */
export function pathLines(paths: readonly PathFact[]): string[] {
	return paths.flatMap(({ raw, candidates: [first = raw, ...others] }) => [
		`Path: ${quoteForPerson(first, MAX_QUOTE)}`,
		...others.map(other => `  leads to: ${quoteForPerson(other, MAX_QUOTE)}`),
	]);
}

function findingLines(request: ApprovalRequest): string[] {
	return request.findings.map(finding => `Finding (${finding.severity}): ${finding.advice}`);
}
