import { digestJson } from '../base/digest';
import { errorText } from '../base/errors';
import { isJsonObject, type JsonObject } from '../base/json';
import { inEnglish } from '../base/phrase';
import { type RecordedAuthority } from '../domain/audit/auditRecord';
import { AUTHORITY_WORDS } from '../domain/identity/authorityWords';
import { type DecisionPoint, type DecisionPointAnswer } from '../domain/identity/decisionPoint';
import { type EnforcementMode } from '../domain/identity/enforcementMode';
import { type AuthorityEvent, blocks } from '../domain/identity/modeMatrix';
import { weighObligations } from '../domain/identity/obligations';
import { pipRequest } from '../domain/identity/pipRequest';
import { type ToolCode } from '../domain/identity/toolCodes';
import { maskText } from '../domain/inspection/maskSecrets';
import { enforcementModeOf } from '../domain/policy/identityVerdict';
import { type PolicyLoad } from '../domain/policy/policy';
import { DecisionCache } from './decisionCache';
import { type Draft, type Ending, refused } from './ending';
import { type Judgement } from './judge';
import { type PathContext } from './pathContext';

/** What the decision service makes of a call that the policy let pass. It can only tighten. */
export type PointOutcome =
	/** `asks`: a person has to say yes, whatever the policy says. */
	{ readonly kind: 'go'; readonly asks: boolean } | { readonly kind: 'ends'; readonly ending: Ending };

/** The reason of a question that the decision service wants asked. */
export const ASKED_BY_SERVICE = 'decision_requires_approval';

type Decided = DecisionPointAnswer & { readonly kind: 'decided' };

/** Of each service, as it is configured: another address or other headers are another one. */
const caches = new WeakMap<DecisionPoint, DecisionCache>();

/**
 * Asks the external decision service about a call that the policy allows, or would let a person allow (RFC-005 v1.0,
 * identity.md §2.4), before the person is asked. INVARIANT: whatever it answers, nothing that was denied passes, and nothing
 * that a person has to see passes unseen. A break-glass token stands above it, and above nothing else.
 */
export async function askDecisionPoint(
	context: PathContext,
	judgement: Judgement,
	draft: Draft,
	signal: AbortSignal,
): Promise<PointOutcome> {
	const { ports } = context;
	const { facts, load } = judgement;
	const point = ports.decisionPoint?.();
	if (point === undefined) {
		return { kind: 'go', asks: false };
	}
	const mode = load.policy === undefined ? 'guard' : enforcementModeOf(load.policy);
	const override = ports.overrides?.covering('tools/call', routeOf(facts.server.name, facts.tool));
	if (override !== undefined) {
		const { jti, sub, reason } = override;
		note(draft, mode, { override: { jti, sub: maskText(sub), reason: maskText(reason) } });
		return { kind: 'go', asks: false };
	}
	const answer = await answerOf(context, point, judgement, mode, draft, signal);
	if (signal.aborted) {
		return { kind: 'ends', ending: { kind: 'failed', why: 'cancelled' } };
	}
	return answer.kind === 'decided'
		? weigh(draft, mode, answer, facts.capability)
		: against(draft, mode, 'pdp_unavailable', 'decision_unavailable', facts.capability, {
				...{ code: 'TOOL_POLICY_DENIED', cause: 'PDP_UNAVAILABLE' },
			});
}

/** A judgement with a question that is asked for this reason, whatever the policy says; stricter ones stay as they are. */
export function tightened(judgement: Judgement, asks: string | undefined): Judgement {
	const { verdict } = judgement;
	return asks !== undefined && verdict.effect === 'allow'
		? { ...judgement, verdict: { ...verdict, effect: 'require_approval', reason: asks } }
		: judgement;
}

/** The place of a tool in the scope of a break-glass token: `/server/tool`, each percent-encoded. */
export function routeOf(server: string, tool: string): string {
	return [server, tool].map(name => `/${encodeURIComponent(name.replace(/\p{Cs}/gu, '\ufffd'))}`).join('');
}

function weigh(draft: Draft, mode: EnforcementMode, answer: Decided, capability: string): PointOutcome {
	const { decision, decisionId, obligations, errorCode, reason } = answer;
	const weighed = weighObligations(obligations, mode);
	const facts = {
		decisionId: maskText(decisionId),
		...(weighed.met.length > 0 && { obligations: weighed.met.map(one => ({ ...one, type: maskText(one.type) })) }),
	};
	if (decision === 'DENY') {
		const scope = errorCode === 'SCOPE_INSUFFICIENT';
		const code: ToolCode = scope ? 'TOOL_SCOPE_INSUFFICIENT' : 'TOOL_POLICY_DENIED';
		const cause = errorCode === undefined ? 'PDP_DENY' : maskText(errorCode);
		return against(draft, mode, 'pdp_deny', 'decision_denied', capability, {
			...{ ...facts, code, cause },
			...(reason !== undefined && {
				why: inEnglish(AUTHORITY_WORDS.service(JSON.stringify(maskText(reason)))),
			}),
		});
	}
	if (weighed.blocked) {
		const said = { ...facts, code: 'TOOL_POLICY_DENIED', cause: 'OBLIGATION_UNKNOWN' } as const;
		note(draft, mode, said);
		return { kind: 'ends', ending: refused('decision_obligation', capability) };
	}
	note(draft, mode, facts);
	return { kind: 'go', asks: weighed.asks };
}

/** What speaks against the call ends it, or is recorded as what would have. */
function against(
	draft: Draft,
	mode: EnforcementMode,
	event: AuthorityEvent,
	reason: string,
	capability: string,
	said: Partial<RecordedAuthority>,
): PointOutcome {
	const ends = blocks(event, mode);
	note(draft, mode, ends ? said : { ...said, observed: true });
	return ends ? { kind: 'ends', ending: refused(reason, capability) } : { kind: 'go', asks: false };
}

/** What the server's identity had against the call in mode `observe` stays, unless this here ends it. */
function note(draft: Draft, mode: EnforcementMode, said: Partial<RecordedAuthority>): void {
	const before = draft.authority;
	const stays = before?.code !== undefined && (said.code === undefined || said.observed === true);
	const badge = before?.callerBadge;
	draft.authority = stays
		? { ...said, ...before }
		: { mode, ...(badge !== undefined && { callerBadge: badge }), ...said };
}

async function answerOf(
	context: PathContext,
	point: DecisionPoint,
	judgement: Judgement,
	mode: EnforcementMode,
	draft: Draft,
	signal: AbortSignal,
): Promise<DecisionPointAnswer> {
	const { clock, logger } = context.ports;
	try {
		const request = requestFor(context, judgement, mode, draft);
		const key = keyOf(request, judgement.load);
		const cache = caches.get(point) ?? new DecisionCache();
		caches.set(point, cache);
		const cached = cache.find(key, clock.monotonic());
		if (cached !== undefined) {
			return cached;
		}
		const answer = await point.ask(request, signal);
		cache.keep(key, answer, clock.monotonic());
		return answer;
	} catch (error) {
		logger.error(`The decision service could not be asked: ${errorText(error)}`);
		return { kind: 'unavailable', why: 'it could not be asked' };
	}
}

function requestFor(
	{ server, ports, session }: PathContext,
	{ facts }: Judgement,
	mode: EnforcementMode,
	{ paramsHash }: Draft,
): JsonObject {
	const principal = server.principal?.current();
	const verified = principal?.state === 'VERIFIED_PRINCIPAL';
	return pipRequest({
		capability: facts.capability,
		tool: facts.tool,
		server: {
			...{ id: server.id, name: server.name },
			...(principal && { state: principal.state }),
			// INVARIANT: what a server merely says of itself is told to nobody as its DID.
			...(verified && principal.did !== undefined && { did: principal.did }),
			...(verified && principal.level !== undefined && { level: principal.level }),
		},
		session,
		mode,
		now: ports.clock.now(),
		...(paramsHash !== undefined && { paramsHash }),
	});
}

/** All that was asked but the time, under the very policy. Settings of identity show in who the server is. */
function keyOf(request: JsonObject, load: PolicyLoad): string {
	const { environment } = request;
	const lasting = isJsonObject(environment) ? { ...environment, time: null } : null;
	return digestJson({ ...request, environment: lasting, policy: load.digest });
}
