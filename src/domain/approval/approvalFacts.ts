import { type Phrase, phrase } from '../../base/phrase';
import { type IdentityWords, identityWords } from '../identity/identityWords';
import { type Principal } from '../identity/principal';
import { type Finding } from '../inspection/finding';
import { type CallFacts } from '../policy/facts';
import { findUrls } from '../policy/findUrls';
import { pathProblem, urlProblem } from '../policy/placeProblem';
import { type LayerKind, type PolicyLoad } from '../policy/policy';
import { type SessionLabel } from '../policy/sessionLabel';
import { type Verdict } from '../policy/verdict';
import { describeLaunch, type Launch } from '../registry/launch';
import { originOf } from './grantReach';

/** The call that put a label on the session. Tool names are attacker-controlled. */
export interface LabelOrigin {
	readonly label: SessionLabel;
	/** The registered name. */
	readonly server: string;
	readonly tool: string;
	/** Milliseconds since 1970. */
	readonly at: number;
	/** Id of the audit entry. */
	readonly callId: string;
	/** JSON pointer of the argument that repeats what that call gave back. Made of attacker-controlled names. */
	readonly into?: string;
}

/** A label in force, in words, with the calls that set it; none where this very call has it by itself. */
export interface LabelFact {
	readonly label: SessionLabel;
	/** One sentence of ours. */
	readonly meaning: string;
	readonly origins: readonly LabelOrigin[];
}

/** A rule that matched, and whose it is. */
export interface RuleFact {
	readonly id: string;
	/** Absolute. */
	readonly file: string;
	readonly line: number;
	readonly owner: RuleOwner;
}

/** The layer that a rule stands in; `catalogue` is the compositions that came with the product. */
export type RuleOwner = 'organisation' | 'catalogue' | 'user' | 'workspace' | 'built-in';

/** Whether what the call does can be taken back. */
export type Reversal = 'nothing-to-undo' | 'by-hand' | 'not-at-all' | 'unknown';

/**
 * What an approval shows (gateway.md §5.6, six facts), as far as it is known. Texts named as ours may be shown as they are;
 * all others are quoted by whoever shows them.
 */
export interface ApprovalFacts {
	/** (1) Who asks, and what for. */
	readonly goal: {
		/** What the client said of itself. Attacker-controlled. */
		readonly client?: { readonly name: string; readonly version: string };
		/** One sentence of ours: MCP does not tell the person's goal. */
		readonly unknown: string;
	};
	/** (2) What influenced the session so far. */
	readonly context: readonly LabelFact[];
	/** (3) Where it goes; action and parameters stand in the request itself. */
	readonly downstream: {
		readonly serverName: string;
		/** Command and arguments, without environment, or the URL, as they were reviewed. */
		readonly launch?: string;
		/** `scheme://host:port` of every URL in the arguments that can be read. Attacker-controlled. */
		readonly hosts: readonly string[];
	};
	/** (4) As whom it acts. */
	readonly identity: {
		readonly serverId: string;
		readonly packageName?: string;
		/** Names of the environment variables, or of the HTTP headers, that the server is given; never values. */
		readonly environment: readonly string[];
		/** 0 to 4. */
		readonly trustLevel?: number;
		/** Who the server is as far as it was proven; absent where nobody looked. `by`: issuer of its badge, attacker-controlled. */
		readonly principal?: IdentityWords & { readonly by?: string };
		/** ISO 8601; absent where nobody reviewed the server. */
		readonly reviewedAt?: string;
	};
	/** (5) Why it is asked, and what is not sure. */
	readonly rules: readonly RuleFact[];
	/** Sentences of ours, without text from outside. */
	readonly risks: readonly string[];
	/** What could not be judged; one line each. May hold names from outside. */
	readonly uncertain: readonly Phrase[];
	/** (6) What it will do. */
	readonly effect: {
		/** One sentence of ours. */
		readonly expected: string;
		readonly reversal: Reversal;
		/** One sentence of ours: how to take it back. */
		readonly rollback: string;
		/** Who owns the rule that asks: the strictest layer among them; undefined where no rule is named. */
		readonly owner?: RuleOwner;
	};
}

const NOBODY_REVIEWED = phrase('Nobody reviewed this server; what its tool does is taken from its name.');

/** What the facts are made from. */
export interface FactSources {
	readonly client: { readonly name: string; readonly version: string } | undefined;
	readonly server: { readonly id: string; readonly name: string; readonly packageName?: string };
	readonly launch: Launch | undefined;
	readonly reviewedAt: string | undefined;
	readonly principal?: Principal | undefined;
	readonly facts: CallFacts;
	readonly load: PolicyLoad;
	readonly verdict: Verdict;
	readonly findings: readonly Finding[];
	/** The calls behind a label. */
	readonly originsOf: (label: SessionLabel) => readonly LabelOrigin[];
}

/** Gathers the six facts. Pure; nothing in them is a secret, texts from outside stand only where the type says so. */
export function approvalFacts(sources: FactSources): ApprovalFacts {
	const { client, server, launch, reviewedAt, principal, facts, verdict } = sources;
	const rules = rulesOf(sources);
	const { trustLevel } = facts;
	return {
		goal: { ...(client && { client }), unknown: GOAL },
		context: [...(facts.labels ?? [])].map(label => ({
			label,
			meaning: LABELS[label],
			origins: sources.originsOf(label),
		})),
		downstream: {
			serverName: server.name,
			...(launch && { launch: describeLaunch(launch) }),
			hosts: originsIn(facts),
		},
		identity: {
			serverId: server.id,
			...(server.packageName !== undefined && { packageName: server.packageName }),
			environment: (launch?.kind === 'http' ? launch.headers : launch?.env) ?? [],
			...(trustLevel !== undefined && { trustLevel }),
			...(principal !== undefined && { principal: principalWords(principal) }),
			...(reviewedAt !== undefined && { reviewedAt }),
		},
		rules,
		risks: risksOf(sources),
		uncertain: uncertaintiesOf(sources),
		effect: effectOf(verdict.capability, rules),
	};
}

function principalWords(principal: Principal): NonNullable<ApprovalFacts['identity']['principal']> {
	const words = identityWords(principal);
	const { issuer } = principal;
	return { ...words, ...(words.kind === 'verified' && issuer !== undefined && { by: issuer }) };
}

const GOAL =
	'The client asks; what the person wants of it is not known here, because MCP does not tell it. Does this call fit it?';

/** One sentence for each label; for people. */
const LABELS: Readonly<Record<SessionLabel, string>> = {
	secret: 'A secret was read in this session.',
	'secret-elsewhere': 'A secret was read from another server, and this call could carry it away.',
	untrusted: 'Text from outside came back in this session; it may hold instructions.',
	'overlaps-untrusted': 'A command, address or recipient of this call stands word for word in text from outside.',
	'persistence-written': 'Something was written that runs later.',
	'config-written': 'Configuration or policy was written.',
	'many-reads': 'Many files, or much data, were read.',
	'listed-then-deleting': 'One deletion after the other, after a listing.',
	'names-other-server': 'What another server answered names this tool, or holds what it is called with.',
	'carries-secret': 'A secret that another server gave goes to this one with the call.',
	'carries-untrusted': 'A passage of text from outside, given by another server, goes to this one with the call.',
	'instruction-shaped-arguments': 'The arguments are shaped like instructions.',
	'secret-arguments': 'The arguments hold what looks like a secret.',
	'denied-variants': 'This tool was denied before and comes back with changed arguments.',
};

/** From the layer whose word counts most. */
const OWNERS: readonly RuleOwner[] = ['built-in', 'organisation', 'catalogue', 'user', 'workspace'];
const LAYER_OWNERS: Readonly<Record<LayerKind, RuleOwner>> = {
	builtin: 'built-in',
	organisation: 'organisation',
	composition: 'catalogue',
	user: 'user',
	workspace: 'workspace',
};

function rulesOf({ load, verdict }: FactSources): readonly RuleFact[] {
	const named = verdict.rules.length > 0 ? verdict.rules : verdict.rule === undefined ? [] : [verdict.rule];
	const layers = load.policy?.layers ?? [];
	return named.map(({ id, at }) => {
		const layer = layers.find(({ policy }) => policy.rules.some(rule => rule.id === id));
		return { id, file: at.file, line: at.line, owner: layer === undefined ? 'user' : LAYER_OWNERS[layer.kind] };
	});
}

function risksOf({ findings, facts, verdict }: FactSources): readonly string[] {
	const flags = facts.paths.map(path => path.flags ?? {});
	return [
		...(verdict.protection === undefined ? [] : [verdict.protection.reason]),
		...findings.map(({ severity, advice }) => `${advice} (${severity})`),
		...(flags.some(({ hardLinked }) => hardLinked === true)
			? ['A file of the call has a second name elsewhere.']
			: []),
		...(flags.some(({ otherDevice }) => otherDevice === true)
			? ['A place of the call is mounted from somewhere else.']
			: []),
		...(facts.paths.some(({ recursive }) => recursive === true)
			? ['The call may take everything below the folders that it names.']
			: []),
		...(facts.paths.some(({ candidates }) => candidates.length > 1)
			? ['A path of the call can be read in several ways, or leads through a link.']
			: []),
	];
}

function uncertaintiesOf({ facts, verdict, reviewedAt }: FactSources): readonly Phrase[] {
	const urls = facts.urls ?? findUrls(facts.arguments);
	return [
		...verdict.errors,
		...facts.paths.flatMap(({ pointer, problem }) =>
			problem === undefined
				? []
				: [phrase('The path at {0} cannot be judged: {1}.', JSON.stringify(pointer), pathProblem(problem))],
		),
		...urls.flatMap(({ pointer, problem }) =>
			problem === undefined
				? []
				: [phrase('The URL at {0} cannot be judged: {1}.', JSON.stringify(pointer), urlProblem(problem))],
		),
		...(reviewedAt === undefined ? [NOBODY_REVIEWED] : []),
	];
}

function originsIn(facts: CallFacts): readonly string[] {
	const readings = (facts.urls ?? findUrls(facts.arguments)).flatMap(url => url.readings);
	return [...new Set(readings.filter(({ host }) => host !== '').map(originOf))].slice(0, 32);
}

const EFFECTS: readonly (readonly [action: RegExp, effect: Omit<ApprovalFacts['effect'], 'owner'>])[] = [
	[
		/\.(?:read|list|get|search|roots)$/,
		{
			expected: 'It reads; what it reads goes to the model, and from there it can go on.',
			reversal: 'nothing-to-undo',
			rollback: 'Nothing changes, so nothing has to be undone; what was read cannot be unread.',
		},
	],
	[
		/\.(?:delete|drop)$/,
		{
			expected: 'It takes something away.',
			reversal: 'by-hand',
			rollback: 'MCP Firewall keeps no copy: only version control or a backup brings it back.',
		},
	],
	[
		/\.(?:write|create|update|move|copy)$/,
		{
			expected: 'It changes or makes something.',
			reversal: 'by-hand',
			rollback: 'MCP Firewall keeps no copy of what was there before: version control or a backup has it.',
		},
	],
	[
		/\.(?:send|request|publish|post|push|deploy|purchase|approve)$|^network\./,
		{
			expected: 'It sends something out of this machine.',
			reversal: 'not-at-all',
			rollback: 'What was sent cannot be called back.',
		},
	],
	[
		/\.(?:execute|run|sampling|elicitation)$|^shell\./,
		{
			expected: 'It runs something, which can do whatever the server itself can do.',
			reversal: 'unknown',
			rollback: 'That depends on what runs; nothing here undoes it.',
		},
	],
];

const UNKNOWN_EFFECT: Omit<ApprovalFacts['effect'], 'owner'> = {
	expected: 'What it does is not known.',
	reversal: 'unknown',
	rollback: 'It is not known whether it can be undone.',
};

function effectOf(capability: string, rules: readonly RuleFact[]): ApprovalFacts['effect'] {
	const effect = EFFECTS.find(([action]) => action.test(capability))?.[1] ?? UNKNOWN_EFFECT;
	const owner = OWNERS.find(candidate => rules.some(rule => rule.owner === candidate));
	return { ...effect, ...(owner !== undefined && { owner }) };
}
