import { type Clock } from '../base/clock';
import { describeGrant } from '../domain/approval/describeGrant';
import { isJsonObject, type JsonObject } from '../base/json';
import { type ApprovalAnswer, type ApprovalOutcome, type ApprovalRequest } from '../domain/approval/approval';
import { type Approver } from '../firewall/ports';
import { type ClientReply, type ClientRequester } from './clientRequester';
import { quote } from './quote';

const ONCE = 'Allow once';
const SESSION = 'Allow for this session';
const DENY = 'Deny';

/**
 * Asks the person at the other end of a headless session by `elicitation/create` in form mode (MCP 2025-11-25
 * client/elicitation). A client that does not offer it cannot be asked, which is a refusal. Never rejects.
 */
export function elicitationApprover(requester: ClientRequester, clock: Clock): Approver {
	return {
		async ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
			const answer = (outcome: ApprovalOutcome) => ({ requestId: request.id, digest: request.digest, outcome });
			if (!offersForms(requester.capabilities)) {
				return answer('unavailable');
			}
			const late = new AbortController();
			const timer = clock.schedule(request.timeoutMs, () => late.abort());
			try {
				const both = AbortSignal.any([signal, late.signal]);
				const reply = await requester.request('elicitation/create', elicitationParams(request), both);
				return answer(outcomeOf(reply, request, signal, late.signal));
			} finally {
				timer.dispose();
			}
		},
	};
}

/** The question. What the host knows stands first; what a server or a model wrote is quoted below it. */
export function elicitationParams(request: ApprovalRequest): JsonObject {
	const { verdict } = request;
	const lines = [
		`MCP Firewall asks: may ${quote(request.tool)} of the server ${quote(request.server.name)} run?`,
		`Capability: ${quote(request.capability)}`,
		`Why you are asked: ${verdict.rule === undefined ? verdict.reason : `rule ${quote(verdict.rule.id)}, ${verdict.reason}`}`,
		...request.paths.map(
			path =>
				`Path: ${(path.candidates.length > 0 ? path.candidates : [path.raw]).map(form => quote(form)).join(' or ')}`,
		),
		`"${SESSION}" covers: ${describeGrant(request, folder => quote(folder))}`,
		...request.findings.map(finding => `Finding (${finding.severity}): ${finding.advice}`),
		'',
		'Quoted, not checked, possibly untrue:',
		`Arguments: ${quote(JSON.stringify(request.arguments), MAX_ARGUMENT_CHARS)}`,
		...(request.description?.description === undefined
			? []
			: [`The server says of this tool: ${quote(request.description.description)}`]),
	];
	return {
		mode: 'form',
		message: lines.join('\n'),
		requestedSchema: {
			type: 'object',
			properties: {
				decision: { type: 'string', title: 'Decision', enum: offersOf(request), default: DENY },
			},
			required: ['decision'],
		},
	};
}

function offersOf({ scopes }: ApprovalRequest): readonly string[] {
	return [...(scopes.includes('once') ? [ONCE] : []), ...(scopes.includes('session') ? [SESSION] : []), DENY];
}

const MAX_ARGUMENT_CHARS = 1500;

/** An empty offer means form mode (2025-11-25 client/elicitation#capabilities). */
function offersForms(capabilities: JsonObject | undefined): boolean {
	const offer = capabilities?.elicitation;
	return isJsonObject(offer) && (isJsonObject(offer.form) || Object.keys(offer).length === 0);
}

/** INVARIANT: only the two exact words allow; every other answer, or none, does not. */
function outcomeOf(
	reply: ClientReply,
	request: ApprovalRequest,
	outer: AbortSignal,
	late: AbortSignal,
): ApprovalOutcome {
	if (outer.aborted) {
		return 'cancelled';
	}
	if (late.aborted) {
		return 'timeout';
	}
	if (reply.kind === 'failed' || !isJsonObject(reply.result)) {
		return 'unavailable';
	}
	const { action, content } = reply.result;
	if (action === 'decline') {
		return 'denied';
	}
	if (action !== 'accept' || !isJsonObject(content)) {
		return 'dismissed';
	}
	if (!offersOf(request).some(offer => offer === content.decision)) {
		return 'denied';
	}
	return content.decision === ONCE ? 'allowed-once' : content.decision === SESSION ? 'allowed-session' : 'denied';
}
