import { baseName } from '../base/baseName';
import { counted } from '../base/counted';
import { type ApprovalRequest } from '../domain/approval/approval';
import { type ApprovalFacts, type LabelFact, type RuleFact, type RuleOwner } from '../domain/approval/approvalFacts';
import { DEFAULT_GRANT_MS, type GrantOffer, type GrantReach } from '../domain/approval/grant';
import { type PathFact } from '../domain/policy/facts';
import { EDITOR_DID_NOT_ASK } from '../firewall/presentTool';
import { fitsWhole, quoteEnds, quoteForPerson } from './quote';
import { agoText, clockText, durationText } from './timeText';

/** Most lines of a modal's detail: a native dialog does not scroll. */
export const MAX_DETAIL_LINES = 25;
/** Longest quoted piece of server or model text in a modal; Show Details has all of it. */
const MAX_QUOTE = 300;
/** Longest host in a modal, and longest folder or host of an offer. */
const MAX_HOST = 120;
const MAX_REACH = 160;
/** Lines that say which places a call touches. */
const MAX_PLACES = 4;

/** When the question is shown, and when its time is over; milliseconds since 1970. */
export interface AskedWhen {
	readonly now: number;
	readonly answerBy: number;
	/** Calls that wait behind this question, when it is shown. */
	readonly more?: number;
}

/** By when to answer, and what waits behind the question, on one line. */
export function answerByText({ now, answerBy, more = 0 }: AskedWhen): string {
	const behind = more === 0 ? '' : ` ${counted(more, 'more call')} ${more === 1 ? 'waits' : 'wait'} after this.`;
	return `Answer by ${clockText(answerBy, now, 'seconds')}, else it is denied.${behind}`;
}

/** The question, in one line of host facts. */
export function approvalMessage(request: ApprovalRequest): string {
	const name = quoteForPerson(request.server.name, 60);
	return `Allow ${quoteForPerson(request.tool, 80)} of the MCP server ${name}?`;
}

/** The offers whose reach can be shown; a scope without one is not offered, or a person would sign what they cannot see. */
export function offersOf(request: ApprovalRequest): readonly GrantOffer[] {
	return request.offers.filter(({ scope }) => request.scopes.includes(scope));
}

/** What the button of an offer says. */
export function offerTitle({ scope, holdsForMs = DEFAULT_GRANT_MS }: GrantOffer): string {
	const titles = {
		session: 'Allow for Session',
		hour: 'Allow for 1 Hour',
		workspace: `Allow in Workspace for ${durationText(holdsForMs)}`,
	} as const;
	return titles[scope];
}

/**
 * True when the modal has no room for all arguments, or for every place that the call touches, each in full: then it can be
 * allowed only after its details were opened, so that nothing hides behind padding.
 */
export function hidesParts(request: ApprovalRequest): boolean {
	const { paths, argumentsText, facts } = request;
	const { hosts } = facts.downstream;
	const folders = request.offers.flatMap(({ reach }) =>
		reach.kind === 'folders' || reach.kind === 'deeds'
			? [reach.folders]
			: reach.kind === 'hosts'
				? [reach.hosts]
				: [],
	);
	const forms = paths.flatMap(({ raw, candidates }) => (candidates.length > 0 ? candidates : [raw]));
	return (
		[pathLines(paths), hosts, ...folders].some(places => places.length > MAX_PLACES) ||
		!fitsWhole(argumentsText, MAX_QUOTE) ||
		!forms.every(form => fitsWhole(form, MAX_QUOTE)) ||
		!hosts.every(host => fitsWhole(host, MAX_HOST)) ||
		!folders.flat().every(place => fitsWhole(place, MAX_REACH))
	);
}

/**
 * The modal's detail, at most {@link MAX_DETAIL_LINES}. Host facts come first, one per line, what weighs most above; what the
 * server or the model says follows, quoted and escaped, under a heading that says so.
 */
export function approvalDetail(request: ApprovalRequest, when: AskedWhen): string {
	const { what, why, quoted } = approvalParts(request, when);
	const answers = [...offerLines(offersOf(request), when.now), answerByText(when)];
	const below = ['', 'Quoted, not verified:', ...quoted];
	const airy = [...what, '', ...why, '', ...answers, ...below];
	// Blank lines between the parts only where there is room for them.
	const tight = [...what, ...why, ...answers, ...below];
	const fitting = [airy, tight].find(lines => lines.length <= MAX_DETAIL_LINES);
	return (fitting ?? [...what, ...why, ...answers, ...below.slice(1)]).join('\n');
}

/** The lines of {@link approvalDetail} without the answers: what is asked, why, and what is quoted. */
export function approvalParts(
	request: ApprovalRequest,
	when: AskedWhen,
): Readonly<Record<'what' | 'why' | 'quoted', readonly string[]>> {
	const { facts } = request;
	const { effect, downstream, identity } = facts;
	const hosts = downstream.hosts.map(host => quoteEnds(host, MAX_HOST));
	const what = [
		...stateLines(request),
		`Capability: ${quoteForPerson(request.capability, 80)}`,
		// Most servers say nothing of themselves: that is no news at every question, and the details have it.
		...(identity.principal === undefined || identity.principal.kind === 'none'
			? []
			: [`Identity: ${identityText(identity.principal)}`]),
		...atMost(MAX_PLACES, pathLines(request.paths)),
		...(hosts.length > 0
			? [`Goes to: ${atMost(MAX_PLACES, hosts).join(', ')}`]
			: downstream.launch === undefined
				? []
				: [`Goes to the program: ${quoteForPerson(downstream.launch, 60)}`]),
		...(identity.environment.length > 0
			? [`Which was given: ${quoteForPerson(identity.environment.join(', '), 100)}`]
			: []),
	];
	const why = [
		`Rule: ${ruleText(request)}`,
		...atMost(
			3,
			facts.risks.map(risk => `Risk: ${risk}`),
		),
		...atMost(
			2,
			facts.uncertain.map(line => `Not sure: ${quoteForPerson(line, 160)}`),
		),
		`Effect: ${effect.expected} ${effect.rollback}`,
		...atMost(
			2,
			facts.context.map(label => contextLine(label, when.now)),
		),
	];
	const quoted = [
		`Arguments${heldBackText(request)}: ${quoteEnds(request.argumentsText, MAX_QUOTE)}`,
		...(request.description?.description === undefined
			? []
			: [`The server says of this tool: ${quoteForPerson(request.description.description, MAX_QUOTE)}`]),
	];
	return { what, why, quoted };
}

/** On the line of the arguments, because every line of a modal is taken. What else was held back says "Show Details". */
function heldBackText({ heldBack }: ApprovalRequest): string {
	// An editor tells every server of its conversation; a caution at each question would be read by nobody.
	const held = (heldBack ?? []).filter(path => path.startsWith('/params/arguments'));
	return held.length === 0 ? '' : ` (not sent, as not declared: ${quoteForPerson(held.join(', '), 160)})`;
}

/** What a yes of an offer would let pass, and until when. */
export function offerText(offer: GrantOffer, now: number): string {
	return `${reachText(offer.reach)}, ${endText(offer, now)}${coveredText(offer)}`;
}

/** What the answer would have saved: `; would have covered 17 of your last 20 prompts`. Empty where it would have saved none. */
function coveredText({ covered }: GrantOffer): string {
	return covered === undefined || covered.count === 0
		? ''
		: `; would have covered ${String(covered.count)} of your last ${counted(covered.of, 'prompt')}`;
}

/** One line for each offer; what covers the same as the one before says so. */
function offerLines(offers: readonly GrantOffer[], now: number): string[] {
	return offers.map((offer, at) => {
		const before = offers[at - 1];
		const same = before !== undefined && reachText(before.reach) === reachText(offer.reach);
		return `${offerTitle(offer)} covers: ${same ? `the same, ${endText(offer, now)}${coveredText(offer)}` : offerText(offer, now)}`;
	});
}

function endText({ scope, holdsForMs = DEFAULT_GRANT_MS }: GrantOffer, now: number): string {
	return scope === 'session'
		? 'until the session ends'
		: scope === 'hour'
			? `in this session, until ${clockText(now + holdsForMs, now)}, unless it meets a secret or text from outside`
			: `in every session of this workspace, until ${clockText(now + holdsForMs, now)}`;
}

/** Which calls a grant covers, in words. Folders and hosts are quoted. */
export function reachText(reach: GrantReach): string {
	const list = (places: readonly string[]) => {
		const more = places.length > MAX_PLACES ? [`${String(places.length - MAX_PLACES + 1)} more places`] : [];
		const named = more.length > 0 ? places.slice(0, MAX_PLACES - 1) : places;
		return [...named.map(place => quoteEnds(place, MAX_REACH)), ...more].join(' and ');
	};
	switch (reach.kind) {
		case 'folders':
			return `this tool below ${list(reach.folders)}`;
		case 'deeds':
			return `every ${quoteForPerson(reach.capability, 80)} of this server${reach.folders.length === 0 ? '' : ` below ${list(reach.folders)}`}`;
		case 'hosts':
			return `this tool to ${list(reach.hosts)}`;
		case 'call':
			return 'this very call again';
	}
}

/**
 * One line for each path, and below it where else it leads: through a symlink, or as a server may read it that decodes
 * percent signs.
 */
export function pathLines(paths: readonly PathFact[]): string[] {
	return paths.flatMap(({ raw, candidates: [first = raw, ...others] }) => [
		`Path: ${quoteEnds(first, MAX_QUOTE)}`,
		...others.map(other => `  leads to: ${quoteEnds(other, MAX_QUOTE)}`),
	]);
}

/** Whose rule it is, in words. */
export function ownerText(owner: RuleOwner): string {
	const words: Readonly<Record<RuleOwner, string>> = {
		organisation: 'your organisation’s policy',
		catalogue: 'the catalogue of compositions',
		user: 'your policy',
		workspace: 'this workspace’s policy',
		'built-in': 'built in',
	};
	return words[owner];
}

/** A label of the session and where it came from: `filesystem/read_text_file, 2 minutes ago`. */
export function contextLine({ meaning, origins }: LabelFact, now: number): string {
	const latest = origins.toSorted((a, b) => b.at - a.at).slice(0, 2);
	const from = latest.map(
		({ server, tool, at, into }) =>
			`${quoteForPerson(server, 40)}/${quoteForPerson(tool, 60)}, ${agoText(at, now)}` +
			(into === undefined
				? ''
				: `, into ${into === '' ? 'the arguments' : quoteForPerson(into, 60)} of this call`),
	);
	const more = origins.length > latest.length ? [`${String(origins.length - latest.length)} more`] : [];
	return `Before this: ${meaning}${origins.length === 0 ? '' : ` (${[...from, ...more].join('; ')})`}`;
}

/** A rule with its place and its owner: `write-workspace (balanced.yaml:52), your policy`. Rule ids may come from a workspace. */
export function ruleFactText({ id, file, line, owner }: RuleFact): string {
	return `${placeText(id, file, line)}, ${ownerText(owner)}`;
}

/** Who the server is, in one line; who says so is quoted as data. */
export function identityText({ text, by }: NonNullable<ApprovalFacts['identity']['principal']>): string {
	return by === undefined ? text : `${text}, by “${quoteForPerson(by, 80)}”`;
}

function stateLines({ facts, repeats, again, verdict }: ApprovalRequest): string[] {
	const { client } = facts.goal;
	const repeated = [
		...(again === undefined ? [] : ['You allowed an identical call once. This is another one.']),
		...(repeats > 1
			? [`${counted(repeats, 'identical call')} wait for this answer. Allow Once lets one of them go.`]
			: []),
	];
	return [
		...(client === undefined
			? []
			: [`Asked by: a client that calls itself “${quoteForPerson(`${client.name} ${client.version}`, 80)}”`]),
		...(verdict.reason === EDITOR_DID_NOT_ASK
			? [
					'The policy only records this call, and VS Code may have asked nobody about it: that is why you are asked here.',
				]
			: []),
		...(repeated.length > 0 ? [repeated.join(' ')] : []),
	];
}

function ruleText({ verdict, facts }: ApprovalRequest): string {
	const { rule } = verdict;
	if (rule === undefined) {
		return `none; reason: ${reasonText(verdict.reason)}`;
	}
	const fact = facts.rules.find(({ id, line }) => id === rule.id && line === rule.at.line);
	const others = verdict.rules.filter(({ id }) => id !== rule.id).length;
	const more = others > 0 ? `; ${counted(others, 'more rule')} asks too`.replace('rules asks', 'rules ask') : '';
	// A reason of the rule's author; without one the rule itself says enough.
	const reason = verdict.reason === 'policy_require_approval' ? '' : `; reason: ${reasonText(verdict.reason)}`;
	return `${fact === undefined ? placeText(rule.id, rule.at.file, rule.at.line) : ruleFactText(fact)}${reason}${more}`;
}

/** A reason in one word stands as it is; a sentence of a rule's author is marked as one, so that it does not speak as ours. */
export function reasonText(reason: string): string {
	return /^\w+$/.test(reason)
		? quoteForPerson(reason, 200)
		: `“${quoteForPerson(reason, 200).replace(/[“”]/g, '"')}”`;
}

function placeText(id: string, file: string, line: number): string {
	return `${quoteForPerson(id, 80)} (${quoteForPerson(baseName(file), 80)}:${String(line)})`;
}

/** The first lines; where there are more, the last of them says how many. */
function atMost(max: number, lines: readonly string[]): readonly string[] {
	return lines.length <= max
		? lines
		: [...lines.slice(0, max - 1), `… and ${String(lines.length - max + 1)} more: Show Details has all of them`];
}
