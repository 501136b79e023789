import { digestJson } from '../base/digest';
import { canonicalJson } from '../base/json';
import { type ApprovalRequest } from '../domain/approval/approval';
import { type AskedCall, coverageOf } from '../domain/approval/coverage';
import { approvalFacts } from '../domain/approval/approvalFacts';
import {
	DEFAULT_GRANT_MS,
	type GrantBinding,
	type GrantOffer,
	type GrantScope,
	HOUR_GRANT_MS,
} from '../domain/approval/grant';
import { type GrantCall } from '../domain/approval/grantCall';
import { reachOf, workspaceDigest } from '../domain/approval/grantReach';
import { hourReachOf, isLoud } from '../domain/approval/hourReach';
import { type PathRules } from '../domain/policy/pathSegments';
import { grantRule, grantSentence } from '../domain/approval/grantRule';
import { MaskedPlaces } from '../domain/audit/maskedPlaces';
import { type Principal } from '../domain/identity/principal';
import { findUrls } from '../domain/policy/findUrls';
import { type ApprovalScope } from '../domain/policy/ruleConditions';
import { type Verdict } from '../domain/policy/verdict';
import { toolDigest } from '../domain/registry/pin';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ArgumentsText } from './argumentsText';
import { type Draft } from './ending';
import { type Judgement, type Subject } from './judge';
import { type PathContext } from './pathContext';

/** A call and what policy says of it: what a person is asked about. */
export interface Question {
	readonly subject: Subject;
	readonly judgement: Judgement;
}

/** The call as grants and denials know it. */
export function grantCallOf(context: PathContext, { subject, judgement }: Question, text?: ArgumentsText): GrantCall {
	const { paths, possiblePaths = [], host, labels, prefixes, urls = findUrls(subject.arguments) } = judgement.facts;
	// The same arguments lead elsewhere once a symlink was moved: then it is not the same call.
	const identity = canonicalJson({
		tool: subject.tool,
		arguments: subject.arguments,
		paths: paths.map(path => path.candidates),
		...(text?.inexact !== undefined && { inexact: text.inexact }),
	});
	return {
		session: context.session,
		workspace: workspaceDigest(host),
		...didOf(judgement.principal),
		binding: bindingOf(context, { subject, judgement }),
		digest: context.ports.digest(new TextEncoder().encode(identity)),
		paths,
		possiblePaths,
		urls,
		...(labels !== undefined && { labels }),
		...(isLoud(subject.arguments) && { loud: true as const }),
		roots: prefixes.get(WORKSPACE) ?? host.workspaceFolders,
		...(!new MaskedPlaces(judgement.facts).showsAll(urls) && { secretPlaces: true as const }),
	};
}

/** As policies write the open folders. */
const WORKSPACE = '${workspaceFolder}';

function didOf(principal: Principal | undefined): { readonly did?: string } {
	return principal?.state === 'VERIFIED_PRINCIPAL' && principal.did !== undefined ? { did: principal.did } : {};
}

/** All that a remembered answer is bound to: the review that counts now, also where the session goes by an older one. */
export function bindingOf({ server, review }: PathContext, { subject, judgement }: Question): GrantBinding {
	return {
		serverId: server.id,
		serverName: server.name,
		tool: subject.tool,
		capability: judgement.facts.capability,
		toolDigest: subject.descriptor === undefined ? '' : toolDigest(subject.descriptor),
		entryDigest: entryDigest(review.live.current().entry),
		policyDigest: judgement.load.digest,
		// Also what asked: a grant for a write is none for a write after a secret was read.
		askedBy: askedBy(judgement.verdict),
	};
}

/**
 * What a person may choose of: the rules' word, else everything that can be kept; once where nothing else is left. What is
 * built in as a thing to be seen by a person is seen each time.
 */
export function scopesOf(
	{ approval, protection }: Verdict,
	keepsWorkspace: boolean,
	offersHour = false,
): readonly ApprovalScope[] {
	if (protection !== undefined) {
		return ['once'];
	}
	const kept = (['once', 'session', 'hour', 'workspace'] as const).filter(
		scope =>
			(approval?.scopes?.includes(scope) ?? true) &&
			(scope !== 'workspace' || keepsWorkspace) &&
			(scope !== 'hour' || offersHour),
	);
	return kept.length > 0 ? kept : ['once'];
}

/** The question to the person, without what only the desk knows. */
export function requestOf(
	context: PathContext,
	{ subject, judgement }: Question,
	draft: Draft,
	call: GrantCall,
	about: { readonly scopes: readonly ApprovalScope[]; readonly text: ArgumentsText | undefined },
): Omit<ApprovalRequest, 'repeats' | 'onDidChangeRepeats'> {
	const { facts, verdict, load, principal } = judgement;
	const { server, client, memory, ports } = context;
	const findings = draft.findings ?? [];
	const asked = { asked: context.answers.prompts.all, now: ports.clock.now(), rules: facts.host };
	return {
		id: draft.id,
		session: context.session,
		server: { id: server.id, name: server.name },
		tool: subject.tool,
		capability: facts.capability,
		verdict,
		paths: facts.paths,
		findings,
		arguments: subject.arguments,
		argumentsText: about.text?.text ?? JSON.stringify(subject.arguments),
		...(draft.narrowed && { heldBack: draft.narrowed.map(({ path }) => path) }),
		digest: draft.digest ?? '',
		...(subject.descriptor && { description: subject.descriptor }),
		scopes: about.scopes,
		offers: about.scopes.flatMap(scope => (scope === 'once' ? [] : offersOf(scope, call, asked))),
		facts: approvalFacts({
			...{ client, server, principal, facts: { ...facts, urls: call.urls }, load, verdict, findings },
			launch: subject.entry?.launch ?? server.launch,
			reviewedAt: subject.entry?.reviewedAt,
			originsOf: label => memory.originsOf(label, server.name, subject.arguments),
		}),
		timeoutMs: timeoutOf(context, verdict),
	};
}

const HOLDS_MS = { workspace: DEFAULT_GRANT_MS, hour: HOUR_GRANT_MS } as const;

function offersOf(
	scope: GrantScope,
	call: GrantCall,
	{ asked, now, rules }: { readonly asked: readonly AskedCall[]; readonly now: number; readonly rules: PathRules },
): readonly GrantOffer[] {
	const reach = scope === 'hour' ? hourReachOf(call, rules) : reachOf(call);
	if (reach === undefined) {
		return [];
	}
	const terms = {
		...{ scope, reach, binding: call.binding },
		...(scope !== 'session' && { expiresAt: now + HOLDS_MS[scope] }),
	};
	const holds = scope === 'session' ? {} : { holdsForMs: HOLDS_MS[scope] };
	const offer = { scope, reach, rule: grantRule(terms), sentence: grantSentence(terms), ...holds };
	const covered = coverageOf(offer, call, asked, now, rules);
	return [{ ...offer, ...(covered !== undefined && { covered }) }];
}

/** The rules can only shorten the time that the person's own setting gives. */
export function timeoutOf(context: PathContext, { approval }: Verdict): number {
	const own = context.ports.approvalTimeoutMs();
	return approval?.timeout === undefined ? own : Math.min(own, 1000 * approval.timeout);
}

function askedBy({ reason, rules, protection }: Verdict): string {
	return digestJson([reason, rules.map(({ id }) => id), protection?.id ?? null]);
}

/** Of the review as a whole: a server that was reviewed anew has other pins, or was looked at for a reason. */
function entryDigest(entry: ServerEntry | undefined): string {
	return entry === undefined
		? ''
		: digestJson({
				...{ id: entry.id, name: entry.name, status: entry.status, reviewedAt: entry.reviewedAt },
				pins: entry.tools.map(pin => [pin.name, pin.digest, pin.capability]),
			});
}
