import { type Clock } from '../../base/clock';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { inEnglish } from '../../base/phrase';
import { type ApprovalFacts } from '../../domain/approval/approvalFacts';
import {
	type ApprovalAnswer,
	type ApprovalOutcome,
	type ApprovalRequest,
	type PauseAnswer,
	type PauseRequest,
} from '../../domain/approval/approval';
import { type Approver } from '../../firewall/ports';
import { outcomeOfPause, pauseParams } from './elicitedPause';
import { type ClientReply, type ClientRequester } from './clientRequester';
import { decisionForm } from './decisionForm';
import { quote } from './quote';

const ONCE = 'Allow once';
const SESSION = 'Allow for this session';
const HOUR = 'Allow what does the same for one hour';
const WORKSPACE = 'Allow in this workspace';
const DENY = 'Deny';

/**
 * Asks the person at the other end of a headless session by `elicitation/create` in form mode (MCP 2025-11-25
 * client/elicitation). A client that does not offer it cannot be asked, which is a refusal. Never rejects.
 */
export function elicitationApprover(requester: ClientRequester, clock: Clock): Approver {
	const elicit = async <T>(
		params: JsonObject,
		timeoutMs: number,
		signal: AbortSignal,
		read: (reply: ClientReply, late: AbortSignal) => T,
	): Promise<T | 'unavailable'> => {
		if (!offersForms(requester.capabilities)) {
			return 'unavailable';
		}
		const late = new AbortController();
		const timer = clock.schedule(timeoutMs, () => late.abort());
		try {
			const both = AbortSignal.any([signal, late.signal]);
			return read(await requester.request('elicitation/create', params, both), late.signal);
		} finally {
			timer.dispose();
		}
	};
	return {
		by: 'client',
		async ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
			if (!canBeShown(request)) {
				return { requestId: request.id, digest: request.digest, outcome: 'too-long-to-show' };
			}
			const outcome = await elicit(elicitationParams(request), request.timeoutMs, signal, (reply, late) =>
				outcomeOf(reply, request, signal, late),
			);
			return { requestId: request.id, digest: request.digest, outcome };
		},
		async pause(request: PauseRequest, signal: AbortSignal): Promise<PauseAnswer> {
			const outcome = await elicit(pauseParams(request), request.timeoutMs, signal, (reply, late) =>
				signal.aborted ? 'cancelled' : late.aborted ? 'timeout' : outcomeOfPause(reply),
			);
			return { requestId: request.id, outcome };
		},
	};
}

/** The question. What the host knows stands first; what a server or a model wrote is quoted below it. */
export function elicitationParams(request: ApprovalRequest): JsonObject {
	const { verdict } = request;
	const lines = [
		`MCP Firewall asks: may ${quote(request.tool)} of the server ${quote(request.server.name)} run?`,
		`Capability: ${quote(request.capability)}`,
		`Why you are asked: ${verdict.rule === undefined ? '' : `rule ${quote(verdict.rule.id)}, `}${quote(verdict.reason)}`,
		...request.paths.map(
			path =>
				`Path: ${(path.candidates.length > 0 ? path.candidates : [path.raw]).map(form => quote(form, MAX_SHOWN_CHARS)).join(' or ')}`,
		),
		...factLines(request.facts),
		...request.offers.map(offer => `"${WORDS[offer.scope]}" covers: ${offer.sentence}`),
		...waitLines(request),
		...request.findings.map(finding => `Finding (${finding.severity}): ${finding.advice}`),
		'',
		'Quoted, not checked, possibly untrue:',
		`Arguments: ${quote(request.argumentsText, MAX_SHOWN_CHARS)}`,
		...(request.description?.description === undefined
			? []
			: [`The server says of this tool: ${quote(request.description.description)}`]),
	];
	return decisionForm(lines, offersOf(request), DENY);
}

function offersOf({ scopes }: ApprovalRequest): readonly string[] {
	return [...scopes.map(scope => WORDS[scope]), DENY];
}

const WORDS = { once: ONCE, session: SESSION, hour: HOUR, workspace: WORKSPACE } as const;
const YES: ReadonlyMap<JsonValue | undefined, ApprovalOutcome> = new Map([
	[ONCE, 'allowed-once'],
	[SESSION, 'allowed-session'],
	[HOUR, 'allowed-hour'],
	[WORKSPACE, 'allowed-workspace'],
]);

/** Longest arguments, path or host that a form shows, UTF-16 units. There are no details to open, so nothing of them is cut. */
const MAX_SHOWN_CHARS = 8_192;

/** INVARIANT: what is not shown in full cannot be allowed: a command can stand behind any amount of padding. */
function canBeShown({ argumentsText, paths, facts }: ApprovalRequest): boolean {
	const places = [...paths.flatMap(({ raw, candidates }) => [raw, ...candidates]), ...facts.downstream.hosts];
	return [argumentsText, ...places].every(text => text.length <= MAX_SHOWN_CHARS);
}

/** The rest of the six facts; what comes from outside is quoted. */
function factLines({ goal, context, downstream, identity, risks, uncertain, effect }: ApprovalFacts): string[] {
	const { client } = goal;
	const { principal } = identity;
	return [
		`Who asks: ${client === undefined ? 'an unnamed client' : quote(`${client.name} ${client.version}`)}. ${goal.unknown}`,
		...context.map(
			({ meaning, origins: [first] }) =>
				`Before: ${meaning}${first === undefined ? '' : ` By ${quote(first.tool)} of ${quote(first.server)}${first.into === undefined ? '' : `, into ${quote(first.into)}`}.`}`,
		),
		...(principal === undefined || principal.kind === 'none'
			? []
			: [
					`Identity of the server: ${inEnglish(principal.words)}${principal.by === undefined ? '' : `, by ${quote(principal.by)}`}`,
				]),
		...(downstream.launch === undefined ? [] : [`Server: ${quote(downstream.launch)}`]),
		...downstream.hosts.map(host => `Goes to: ${quote(host, MAX_SHOWN_CHARS)}`),
		...(identity.environment.length === 0
			? []
			: [`The server holds the variables: ${identity.environment.map(name => quote(name)).join(', ')}`]),
		...risks.map(risk => `Risk: ${risk}`),
		...uncertain.map(line => `Not sure: ${quote(inEnglish(line))}`),
		`Effect: ${effect.expected} ${effect.rollback}`,
	];
}

function waitLines({ repeats, again }: ApprovalRequest): string[] {
	return [
		...(repeats > 1 ? [`${String(repeats)} identical calls wait for this answer.`] : []),
		...(again === undefined ? [] : ['An identical call was allowed once a moment ago; once is for one call.']),
	];
}

/** An empty offer means form mode (2025-11-25 client/elicitation#capabilities). */
function offersForms(capabilities: JsonObject | undefined): boolean {
	const offer = capabilities?.elicitation;
	return isJsonObject(offer) && (isJsonObject(offer.form) || Object.keys(offer).length === 0);
}

/** INVARIANT: only the exact words that were offered allow; every other answer, or none, does not. */
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
	return YES.get(content.decision) ?? 'denied';
}
