import { isJsonObject, type JsonObject } from '../../base/json';
import { type PauseOutcome, type PauseRequest } from '../../domain/approval/approval';
import { type ClientReply } from './clientRequester';
import { decisionForm } from './decisionForm';
import { quote } from './quote';

const REVIEW = 'Review one by one';
const DENY_ALL = 'Deny all';

/** One question in place of many: `elicitation/create` in form mode. Tool names are quoted. */
export function pauseParams({ waiting, calls, why }: PauseRequest): JsonObject {
	const lines = [
		`MCP Firewall holds ${String(waiting)} calls that wait for your approval${why === 'rate' ? ', after many within a minute' : ''}.`,
		...calls.map(
			({ server, tool, count }) => `${String(count)} x ${quote(tool)} of the server ${quote(server.name)}`,
		),
		`"${DENY_ALL}" denies them, and these tools rest for the session.`,
	];
	return decisionForm(lines, [REVIEW, DENY_ALL], DENY_ALL);
}

/** INVARIANT: only the exact word goes on; everything else refuses those that wait. */
export function outcomeOfPause(reply: ClientReply): PauseOutcome {
	if (reply.kind === 'failed' || !isJsonObject(reply.result)) {
		return 'unavailable';
	}
	const { action, content } = reply.result;
	if (action === 'accept' && isJsonObject(content)) {
		return content.decision === REVIEW ? 'review' : 'deny-all';
	}
	return action === 'decline' ? 'deny-all' : 'dismissed';
}
