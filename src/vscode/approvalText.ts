import { baseName } from '../base/baseName';
import { type ApprovalRequest } from '../domain/approval/approval';
import { type ApprovalFacts, type LabelFact, type RuleFact, type RuleOwner } from '../domain/approval/approvalFacts';
import { type PathFact } from '../domain/policy/facts';
import { EDITOR_DID_NOT_ASK } from '../firewall/presentTool';
import { MAX_PLACES, MAX_REACH, offerLines, offersOf } from './offerText';
import { fitsWhole, quoteEnds, quoteForPerson } from './quote';
import { say, sayCount, sayPhrase } from './say';
import { agoText, clockText } from './timeText';

/** Most lines of a modal's detail: a native dialog does not scroll. */
export const MAX_DETAIL_LINES = 25;
/** Longest quoted piece of server or model text in a modal; Show Details has all of it. */
const MAX_QUOTE = 300;
/** Longest host in a modal. */
const MAX_HOST = 120;

/** When the question is shown, and when its time is over; milliseconds since 1970. */
export interface AskedWhen {
	readonly now: number;
	readonly answerBy: number;
	/** Calls that wait behind this question, when it is shown. */
	readonly more?: number;
}

/** By when to answer, and what waits behind the question, on one line. */
export function answerByText({ now, answerBy, more = 0 }: AskedWhen): string {
	const by = say('Answer by {0}, else it is denied.', clockText(answerBy, now, 'seconds'));
	return more === 0
		? by
		: `${by} ${sayCount(more, '{0} more call waits after this.', '{0} more calls wait after this.')}`;
}

/** The question, in one line of host facts. */
export function approvalMessage(request: ApprovalRequest): string {
	const name = quoteForPerson(request.server.name, 60);
	return say('Allow {0} of the MCP server {1}?', quoteForPerson(request.tool, 80), name);
}

/**
 * That a call waits while its details are read, in a message with a link that runs `command`. INVARIANT: what is quoted stands
 * behind our link: whatever it says, it is no part of the link's text, and does not push it out of what the editor shows of a message.
 */
export function waitingMessage(request: ApprovalRequest, command: string): string {
	// Progress has no button but its own, which denies; the address is ours, and quoted text has no link.
	const waits = say(
		'The call waits: [answer it]({0}) here, or by the item in the status bar. Cancel denies it.',
		`command:${command}`,
	);
	return `${waits} ${approvalMessage(request)}`;
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
	const below = ['', say('Quoted, not verified:'), ...quoted];
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
		say('Capability: {0}', quoteForPerson(request.capability, 80)),
		// Most servers say nothing of themselves: that is no news at every question, and the details have it.
		...(identity.principal === undefined || identity.principal.kind === 'none'
			? []
			: [say('Identity: {0}', identityText(identity.principal))]),
		...atMost(MAX_PLACES, pathLines(request.paths)),
		...(hosts.length > 0
			? [say('Goes to: {0}', atMost(MAX_PLACES, hosts).join(', '))]
			: downstream.launch === undefined
				? []
				: [say('Goes to the program: {0}', quoteForPerson(downstream.launch, 60))]),
		...(identity.environment.length > 0
			? [say('The server was given the variables: {0}', quoteForPerson(identity.environment.join(', '), 100))]
			: []),
	];
	const why = [
		say('Rule: {0}', ruleText(request)),
		...atMost(
			3,
			facts.risks.map(risk => say('Risk: {0}', riskText(risk, request))),
		),
		...atMost(
			2,
			facts.uncertain.map(line => say('Not sure: {0}', quoteForPerson(sayPhrase(line), 160))),
		),
		say('Effect: {0} {1}', say(effect.expected), say(effect.rollback)),
		...atMost(
			2,
			facts.context.map(label => contextLine(label, when.now)),
		),
	];
	const quoted = [
		argumentsLine(request),
		...(request.description?.description === undefined
			? []
			: [say('The server says of this tool: {0}', quoteForPerson(request.description.description, MAX_QUOTE))]),
	];
	return { what, why, quoted };
}

/** On the line of the arguments, because every line of a modal is taken. What else was held back says "Show Details". */
function argumentsLine({ argumentsText, heldBack }: ApprovalRequest): string {
	// An editor tells every server of its conversation; a caution at each question would be read by nobody.
	const held = (heldBack ?? []).filter(path => path.startsWith('/params/arguments'));
	const text = quoteEnds(argumentsText, MAX_QUOTE);
	return held.length === 0
		? say('Arguments: {0}', text)
		: say('Arguments (not sent, as not declared: {0}): {1}', quoteForPerson(held.join(', '), 160), text);
}

/**
 * One line for each path, and below it where else it leads: through a symlink, or as a server may read it that decodes
 * percent signs.
 */
export function pathLines(paths: readonly PathFact[]): string[] {
	return paths.flatMap(({ raw, candidates: [first = raw, ...others] }) => [
		say('Path: {0}', quoteEnds(first, MAX_QUOTE)),
		...others.map(other => `  ${say('leads to: {0}', quoteEnds(other, MAX_QUOTE))}`),
	]);
}

/** Whose rule it is, in words. */
export function ownerText(owner: RuleOwner): string {
	const words: Readonly<Record<RuleOwner, string>> = {
		organisation: say('your organisation’s policy'),
		catalogue: say('the catalogue of compositions'),
		user: say('your policy'),
		workspace: say('this workspace’s policy'),
		'built-in': say('built in'),
	};
	return words[owner];
}

/** A label of the session and where it came from: `filesystem/read_text_file, 2 minutes ago`. */
export function contextLine({ meaning, origins }: LabelFact, now: number): string {
	const latest = origins.toSorted((a, b) => b.at - a.at).slice(0, 2);
	const from = latest.map(({ server, tool, at, into }) => {
		const call = `${quoteForPerson(server, 40)}/${quoteForPerson(tool, 60)}, ${agoText(at, now)}`;
		return into === undefined
			? call
			: into === ''
				? say('{0}, into the arguments of this call', call)
				: say('{0}, into {1} of this call', call, quoteForPerson(into, 60));
	});
	const more = origins.length > latest.length ? [say('{0} more', origins.length - latest.length)] : [];
	const before = say('Before this: {0}', say(meaning));
	return origins.length === 0 ? before : `${before} (${[...from, ...more].join('; ')})`;
}

/** A rule with its place and its owner: `write-workspace (balanced.yaml:52), your policy`. Rule ids may come from a workspace. */
export function ruleFactText({ id, file, line, owner }: RuleFact): string {
	return `${placeText(id, file, line)}, ${ownerText(owner)}`;
}

/** Who the server is, in one line; who says so is quoted as data. */
export function identityText({ words, by }: NonNullable<ApprovalFacts['identity']['principal']>): string {
	const text = sayPhrase(words);
	return by === undefined ? text : say('{0}, by “{1}”', text, quoteForPerson(by, 80));
}

/** How many calls of the same text one answer is for. */
export function identicalText(repeats: number): string {
	return say('{0} identical calls wait for this answer.', repeats);
}

/** A risk in words; what a finding advises stands in them with its severity. */
export function riskText(risk: string, { findings }: Pick<ApprovalRequest, 'findings'>): string {
	const found = findings.find(({ advice, severity }) => risk === `${advice} (${severity})`);
	return found === undefined ? say(risk) : `${say(found.advice)} (${say(found.severity)})`;
}

function stateLines({ facts, repeats, again, verdict }: ApprovalRequest): string[] {
	const { client } = facts.goal;
	const repeated = [
		...(again === undefined ? [] : [say('You allowed an identical call once. This is another one.')]),
		...(repeats > 1 ? [`${identicalText(repeats)} ${say('Allow Once lets one of them go.')}`] : []),
	];
	return [
		...(client === undefined
			? []
			: [
					say(
						'Asked by: a client that calls itself “{0}”',
						quoteForPerson(`${client.name} ${client.version}`, 80),
					),
				]),
		...(verdict.reason === EDITOR_DID_NOT_ASK
			? [
					say(
						'The policy only records this call, and VS Code may have asked nobody about it: that is why you are asked here.',
					),
				]
			: []),
		...(repeated.length > 0 ? [repeated.join(' ')] : []),
	];
}

function ruleText({ verdict, facts }: ApprovalRequest): string {
	const { rule } = verdict;
	if (rule === undefined) {
		return say('none; reason: {0}', reasonText(verdict.reason));
	}
	const fact = facts.rules.find(({ id, line }) => id === rule.id && line === rule.at.line);
	const others = verdict.rules.filter(({ id }) => id !== rule.id).length;
	const more = others > 0 ? `; ${sayCount(others, '{0} more rule asks too', '{0} more rules ask too')}` : '';
	// A reason of the rule's author; without one the rule itself says enough.
	const reason =
		verdict.reason === 'policy_require_approval' ? '' : `; ${say('reason: {0}', reasonText(verdict.reason))}`;
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
		: [...lines.slice(0, max - 1), say('… and {0} more: Show Details has all of them', lines.length - max + 1)];
}
