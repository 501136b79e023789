import { type Phrase, phrase } from '../../base/phrase';
import { type JsonObject, pointerToken } from '../../base/json';
import { isInexpressible, literalGlob, quoted } from '../approval/grantRule';
import { type AuditRecord } from '../audit/auditRecord';
import { factsOfEntry } from '../audit/entryFacts';
import { MASK } from '../inspection/secretRules';
import { CallView } from './callView';
import { isCapability } from './capabilityName';
import { type CallFacts, type HostFacts } from './facts';
import { isBound } from './hostCondition';
import { judgeGranting } from './judgePolicy';
import { parsePolicy } from './parsePolicy';
import { type Effect } from './policy';
import { policyPrefixes } from './prefixes';

/** A rule in the words of a policy: its keys are those of the language. Made of attacker-controlled names. */
export interface WrittenRule {
	readonly id: string;
	readonly description: string;
	readonly servers: readonly string[];
	readonly tools: readonly string[];
	readonly capability: string;
	readonly path_prefix?: string;
	readonly paths?: readonly string[];
	readonly hosts?: readonly string[];
	readonly args?: Readonly<Record<string, { readonly equals: string | number | boolean | null }>>;
	readonly instead_of?: readonly string[];
}

/** What can be proposed for an entry. */
export type RuleProposal =
	| {
			readonly kind: 'rule';
			readonly rule: WrittenRule;
			/** Sentences for the person: what the rule reaches beyond the call that it was made from. */
			readonly notes: readonly Phrase[];
	  }
	/** One sentence: why the engine could not be told, or only with a rule that reaches further than it should. */
	| { readonly kind: 'none'; readonly why: Phrase };

/** Where the rule is to stand. */
export interface RuleTarget {
	/** Of the machine that the entry was written on, as far as it is known. */
	readonly host: HostFacts;
	/** Ids that the policy has already. */
	readonly taken: ReadonlySet<string>;
	/** Folders that `${workspaceFolder}` stands for; none: paths are written as they are. */
	readonly folders?: readonly string[];
}

const FILES = /^(?:filesystem|git)\./;
const NETWORK = /^(?:network|web|browser|http)\./;
const MAX_ARGUMENT = 256;
const MAX_PLACES = 20;
const CUT = /\[cut: len=\d+ sha256=/;

/**
 * The narrowest sensible rule that gives the call of an entry this effect, and never more than its tool: server, tool and
 * capability, the exact paths, the hosts; an allow for other tools names the arguments too. What was masked becomes no pattern.
 * INVARIANT: a rule that is proposed is one that the engine matches to this very call. Pure; never throws.
 */
export function ruleFromEntry(entry: AuditRecord, effect: Effect, target: RuleTarget): RuleProposal {
	const facts = factsOfEntry(entry, target.host, new Map())?.facts;
	if (facts === undefined) {
		return { kind: 'none', why: phrase('This entry is about no call that a rule could decide.') };
	}
	if (isInexpressible(facts.server.name) || isInexpressible(facts.tool)) {
		return {
			kind: 'none',
			why: phrase(
				'The name of the server or the tool has a character that no rule can name exactly. Write the rule by hand.',
			),
		};
	}
	if (effect === 'allow' && !isCapability(facts.capability)) {
		const why = phrase(
			'No allow speaks of a tool whose capability is not known. Review the server, and name the capability.',
		);
		return { kind: 'none', why };
	}
	if (effect === 'allow' && entry.authority?.code !== undefined && entry.authority.observed !== true) {
		const why = phrase(
			'Who the server is refused this call, and no rule lifts that: see what the policy asks under identity.',
		);
		return { kind: 'none', why };
	}
	const base: WrittenRule = {
		id: freeId(effect, facts.tool, target.taken),
		description: `Made from the call of ${entry.at}, audit entry ${entry.id}.`,
		servers: [literalGlob(facts.server.name)],
		tools: [literalGlob(facts.tool)],
		capability: isCapability(facts.capability) ? facts.capability : '*',
	};
	const masked = entry.facts?.altered === 'places' || [...(entry.paths ?? [])].some(path => MASK.test(path));
	const places = masked ? {} : placesOf(facts, effect, target.folders ?? []);
	const narrow = Object.keys(places).length > 0;
	const args =
		effect === 'allow' && !isPlaceTool(facts.capability, narrow) ? argumentsOf(facts.arguments) : undefined;
	const pinned = args === undefined || args.pinned === undefined ? {} : { args: args.pinned };
	const full = { ...base, ...places, ...pinned };
	// An allow that is not the narrow one would open what nobody asked for; a deny may take the whole tool.
	const candidates = effect !== 'allow' ? [full, base] : masked ? [] : [full];
	const rule = candidates.find(each => gives(each, effect, facts));
	if (rule === undefined) {
		return { kind: 'none', why: masked ? MASKED_PLACE : NOT_EXACT };
	}
	return { kind: 'rule', rule, notes: notesOf(rule, { masked, narrow, loose: args?.left ?? [] }) };
}

const MASKED_PLACE = phrase(
	'Where the call went was masked in the trail, and an allow without the place would open every place of the tool. Write the rule by hand.',
);
const NOT_EXACT = phrase('No rule that is as narrow as the call would match it. Write the rule by hand.');

function notesOf(
	rule: WrittenRule,
	{
		masked,
		narrow,
		loose,
	}: { readonly masked: boolean; readonly narrow: boolean; readonly loose: readonly string[] },
): readonly Phrase[] {
	const whole = rule.paths === undefined && rule.hosts === undefined && rule.args === undefined;
	return [
		...(whole ? [phrase('It is about every call of this tool.')] : []),
		...(masked ? [phrase('Where the call went was masked, so no path or host stands in it.')] : []),
		...(narrow && whole ? [phrase('Where the call went cannot be written into a rule.')] : []),
		...(loose.length === 0
			? []
			: [phrase('These arguments may be anything: {0}.', loose.map(pointer => quoted(pointer)).join(', '))]),
		...(rule.paths?.some(path => path.includes('?')) === true
			? [phrase('A ? in a path stands for one character that rules cannot name.')]
			: []),
	];
}

/** For tools whose place is what the call does, the place is enough; others do another thing with every text. */
function isPlaceTool(capability: string, narrow: boolean): boolean {
	return narrow && (FILES.test(capability) || NETWORK.test(capability));
}

function placesOf(facts: CallFacts, effect: Effect, folders: readonly string[]): Pick<WrittenRule, 'paths' | 'hosts'> {
	const forms = new Set(facts.paths.flatMap(({ candidates }) => candidates));
	const urls = new CallView(facts).urls.filter(url => isBound(url) && url.problem === undefined);
	const hosts = new Set(
		urls.flatMap(({ readings }) =>
			readings.flatMap(({ host, scheme, port }) =>
				host === '' ? [] : [effect === 'allow' ? origin(host, scheme, port) : host],
			),
		),
	);
	return {
		...(forms.size > 0 && { paths: [...forms].slice(0, MAX_PLACES).map(form => pathGlob(form, folders)) }),
		...(hosts.size > 0 && { hosts: [...hosts].slice(0, MAX_PLACES) }),
	};
}

/** An allow of `https://host` is none of `http://host`, nor of another port. */
function origin(host: string, scheme: string | undefined, port: number | undefined): string {
	const usual = scheme === 'https' ? 443 : scheme === 'http' ? 80 : undefined;
	return `${scheme === undefined ? '' : `${scheme}://`}${host}${port === undefined || port === usual ? '' : `:${String(port)}`}`;
}

function pathGlob(path: string, folders: readonly string[]): string {
	const folder = folders.find(each => path === each || path.startsWith(`${each}/`));
	return folder === undefined ? literalGlob(path) : `\${workspaceFolder}${literalGlob(path.slice(folder.length))}`;
}

interface PinnedArguments {
	readonly pinned: WrittenRule['args'];
	/** Pointers of arguments that the rule says nothing of. */
	readonly left: readonly string[];
}

function argumentsOf(args: JsonObject): PinnedArguments {
	const pinned: Record<string, { equals: string | number | boolean | null }> = {};
	const left: string[] = [];
	for (const [name, value] of Object.entries(args)) {
		const pointer = `/${pointerToken(name)}`;
		if (!isPlain(value) || !isPlain(name) || Object.keys(pinned).length >= MAX_PLACES) {
			left.push(pointer.slice(0, 100));
		} else {
			pinned[pointer] = { equals: value };
		}
	}
	return { pinned: Object.keys(pinned).length === 0 ? undefined : pinned, left: left.slice(0, MAX_PLACES) };
}

/** A value that can be compared, and is the one that was sent. */
function isPlain(value: unknown): value is string | number | boolean | null {
	return typeof value === 'string'
		? value.length <= MAX_ARGUMENT && !MASK.test(value) && !CUT.test(value)
		: value === null || typeof value === 'number' || typeof value === 'boolean';
}

/** True when the rule parses, and alone gives this call its effect. */
function gives(rule: WrittenRule, effect: Effect, facts: CallFacts): boolean {
	const { policy, problems } = parsePolicy(
		`${effect}:\n${ruleLines(rule)
			.map(line => `  ${line}\n`)
			.join('')}`,
		'rule',
	);
	if (policy === undefined || problems.some(({ severity }) => severity === 'error')) {
		return false;
	}
	const prefixes = policyPrefixes(policy, facts.host);
	const { verdict } = judgeGranting(policy, new CallView({ ...facts, prefixes }));
	return verdict.effect === effect && verdict.rule?.id === rule.id;
}

/** The rule as an item of a block list, from `- id:` on; every text is quoted. */
export function ruleLines(rule: WrittenRule): readonly string[] {
	const list = (texts: readonly string[]) => `[${texts.map(quoted).join(', ')}]`;
	const args = Object.entries(rule.args ?? {}).map(
		([pointer, { equals }]) =>
			`    ${quoted(pointer)}: { equals: ${typeof equals === 'string' ? quoted(equals) : String(equals)} }`,
	);
	return [
		`- id: ${quoted(rule.id)}`,
		`  description: ${quoted(rule.description)}`,
		`  servers: ${list(rule.servers)}`,
		`  tools: ${list(rule.tools)}`,
		`  capability: ${quoted(rule.capability)}`,
		...(rule.path_prefix === undefined ? [] : [`  path_prefix: ${quoted(rule.path_prefix)}`]),
		...(rule.paths === undefined ? [] : [`  paths: ${list(rule.paths)}`]),
		...(rule.hosts === undefined ? [] : [`  hosts: ${list(rule.hosts)}`]),
		...(args.length === 0 ? [] : ['  args:', ...args]),
		...(rule.instead_of === undefined ? [] : [`  instead_of: ${list(rule.instead_of)}`]),
	];
}

const WORDS: Readonly<Record<Effect, string>> = { deny: 'deny', require_approval: 'ask', allow: 'allow' };

function freeId(effect: Effect, tool: string, taken: ReadonlySet<string>): string {
	const stem = `${WORDS[effect]}-${tool.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 60)}`;
	let id = stem;
	for (let count = 2; taken.has(id); count++) {
		id = `${stem}-${String(count)}`;
	}
	return id;
}
