import { inRow, type Phrase, phrase } from '../../base/phrase';
import { canonicalHostPath } from './canonicalForms';
import { compileRule, matchesNames } from './compiledRule';
import { type HostFacts } from './facts';
import { LONGEST_SUPPRESSION_MS, type Suppression } from './inspectionPolicy';
import { isWithin } from './pathSegments';
import { layersOf } from './decide';
import { leftOutTwin } from './lintTwins';
import { speaksOfServer, speaksOfTool } from './identityTerms';
import { type Policy, type PolicyLoad, type PolicyProblem, type Rule } from './policy';
import { problemAt } from './policyProblem';
import { anchorOf, splitGlob } from './prefixes';
import { quoted } from './problemWords';

/** A reviewed tool, as rules may name it. */
export interface PinnedTool {
	readonly server: string;
	readonly tool: string;
}

/** What is known outside of the policy's text; each part that is absent is not checked. */
export interface LintKnowledge {
	readonly pins?: readonly PinnedTool[];
	/** Milliseconds since 1970. */
	readonly now?: number;
	readonly host?: HostFacts;
}

/**
 * Warnings that need more than the text: names that no reviewed tool has, or only one of two servers, rules whose `until` has
 * passed, allows that reach outside of the open folders.
 */
export function lintAgainst(load: PolicyLoad, known: LintKnowledge): readonly PolicyProblem[] {
	const { now } = known;
	return [
		...(load.policy?.rules ?? []).flatMap(rule => [
			...(known.pins === undefined ? [] : [...unknownNames(rule, known.pins), ...leftOut(rule, known.pins)]),
			...(now === undefined ? [] : expired(rule, now)),
			...(known.host === undefined ? [] : wide(rule, known.host)),
		]),
		...(known.pins === undefined ? [] : unknownInIdentity(load.policy, known.pins)),
		...(now === undefined ? [] : (load.policy?.inspection.suppress ?? []).flatMap(each => untimely(each, now))),
	];
}

function untimely({ until, at }: Suppression, now: number): readonly PolicyProblem[] {
	if (now >= until) {
		const said = phrase("'until' has passed: this suppression no longer counts. Remove it or set a new day.");
		return [warning({ at }, 'expired', said)];
	}
	const said = phrase("'until' is more than 90 days ahead: until it is nearer, this suppression does not count.");
	return until - now > LONGEST_SUPPRESSION_MS ? [problemAt('error', 'too-far', said, at)] : [];
}

function unknownNames(rule: Rule, pins: readonly PinnedTool[]): readonly PolicyProblem[] {
	if (rule.servers === undefined && rule.tools === undefined) {
		return [];
	}
	const compiled = compileRule(rule);
	if (pins.some(({ server, tool }) => matchesNames(compiled, server, tool))) {
		return [];
	}
	const names = inRow([...(rule.servers ?? []), ...(rule.tools ?? [])].map(quoted));
	const said = phrase('No reviewed tool has the names {0}, so that this rule never matches.', names);
	return [warning(rule, 'no-such-tool', said)];
}

function leftOut(rule: Rule, pins: readonly PinnedTool[]): readonly PolicyProblem[] {
	const said = leftOutTwin(rule, pins);
	return said === undefined ? [] : [warning(rule, 'second-server', said)];
}

/** Terms for servers and tools that nobody reviewed: a slip of the pen leaves the real ones under milder terms. */
function unknownInIdentity(policy: Policy | undefined, pins: readonly PinnedTool[]): readonly PolicyProblem[] {
	return (policy === undefined ? [] : layersOf(policy)).flatMap(({ policy: { identity } }) => {
		const { servers = [], tools = [] } = identity ?? {};
		return [
			...servers
				.filter(each => !pins.some(({ server }) => speaksOfServer(each, server)))
				.map(each => warning(each, 'no-such-tool', phrase("No reviewed server has the name '{0}'.", each.of))),
			...tools
				.filter(each => !pins.some(pin => speaksOfTool(each, pin)))
				.map(each => warning(each, 'no-such-tool', phrase("No reviewed tool has the name '{0}'.", each.of))),
		];
	});
}

function expired(rule: Rule, now: number): readonly PolicyProblem[] {
	const said = phrase("'until' has passed: this rule no longer counts. Remove it or set a new day.");
	return rule.until !== undefined && rule.effect !== 'deny' && now >= rule.until
		? [warning(rule, 'expired', said)]
		: [];
}

function wide(rule: Rule, host: HostFacts): readonly PolicyProblem[] {
	if (rule.effect !== 'allow' || !/^(?:filesystem|git)\.|^\*$/.test(rule.capability)) {
		return [];
	}
	if (rule.capability === 'filesystem.roots') {
		// It tells the names of folders, and opens none.
		return [];
	}
	if (rule.capability === '*' && rule.pathPrefix === undefined && rule.paths === undefined) {
		return [];
	}
	const places =
		rule.pathPrefix === undefined ? (rule.paths ?? ['/']).map(glob => splitGlob(glob).base) : [rule.pathPrefix];
	return places.every(place => isInWorkspace(place, host))
		? []
		: [
				warning(
					rule,
					'wider-than-workspace',
					rule.pathPrefix === undefined && rule.paths === undefined
						? phrase('This allows more than the open folders; add path_prefix: ${workspaceFolder}.')
						: phrase(
								"This allows more than the open folders; start '{0}' with ${workspaceFolder}.",
								rule.pathPrefix === undefined ? 'paths' : 'path_prefix',
							),
				),
			];
}

function isInWorkspace(place: string, host: HostFacts): boolean {
	const anchor = anchorOf(place);
	if (anchor?.startsWith('${workspaceFolder') === true) {
		return !place.split(/[\\/]/).includes('..');
	}
	const path = anchor === '~' ? (host.home ?? '') + place.slice(1) : place;
	const plain = canonicalHostPath(path, host);
	return (
		plain !== undefined &&
		host.workspaceFolders.some(folder => isWithin(plain, canonicalHostPath(folder, host) ?? folder, host))
	);
}

function warning({ at }: Pick<Rule, 'at'>, code: PolicyProblem['code'], said: Phrase): PolicyProblem {
	return problemAt('warning', code, said, at);
}
