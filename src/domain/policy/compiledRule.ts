import { inEnglish, type Phrase, phrase } from '../../base/phrase';
import { type CallView } from './callView';
import { type Condition } from './condition';
import { compileFacts } from './factConditions';
import { compileNameGlob, type Glob } from './glob';
import { compileHosts, type HostMatcher } from './hostCondition';
import { compilePaths, type PathMatcher } from './pathCondition';
import { type Rule } from './policy';
import { gatesOf } from './gates';

/** A rule made ready to be held against many calls. */
export interface CompiledRule {
	readonly rule: Rule;
	/** Absent where the rule names none. */
	readonly servers: readonly Glob[] | undefined;
	readonly tools: readonly Glob[] | undefined;
	readonly paths: PathMatcher | undefined;
	readonly hosts: HostMatcher | undefined;
	/** Everything beyond capability, names, places and gates. */
	readonly others: readonly Condition[];
	/** Hosts, then paths: where the call goes. */
	readonly places: readonly Condition[];
	/** Trust and limits: where one fails, an allow does not count, and an approval denies instead of asking. */
	readonly gates: readonly Condition[];
}

/** Rules compile once; the memo changes no outcome. */
const memo = new WeakMap<Rule, CompiledRule>();

/** Compiles a rule that the parser accepted; throws a TypeError for any other. */
export function compileRule(rule: Rule): CompiledRule {
	const known = memo.get(rule);
	if (known !== undefined) {
		return known;
	}
	const paths = compilePaths(rule);
	const hosts = compileHosts(rule);
	const others = compileFacts(rule);
	const compiled: CompiledRule = {
		rule,
		servers: rule.servers?.map(usable),
		tools: rule.tools?.map(usable),
		paths,
		hosts,
		others,
		places: [...(hosts ? [hosts.condition] : []), ...(paths ? [paths.condition] : [])],
		gates: gatesOf(rule),
	};
	memo.set(rule, compiled);
	return compiled;
}

/** True when the rule's `servers` and `tools` hold, both compared exactly, case and all. */
export function matchesNames({ servers, tools }: CompiledRule, server: string, tool: string): boolean {
	return (
		(servers === undefined || servers.some(glob => glob.matches(server))) &&
		(tools === undefined || tools.some(glob => glob.matches(tool)))
	);
}

/** How a rule's conditions (gates apart) stand for a call. */
export type RuleOutcome =
	| { readonly kind: 'holds' }
	/** Only its places (hosts, paths) do not hold: it speaks of such calls, but not of this place. */
	| { readonly kind: 'elsewhere' }
	| { readonly kind: 'fails' }
	/** One line for the record: a deny or approval that cannot be judged. */
	| { readonly kind: 'error'; readonly error: Phrase };

const HOLDS: RuleOutcome = { kind: 'holds' };
const ELSEWHERE: RuleOutcome = { kind: 'elsewhere' };
const FAILS: RuleOutcome = { kind: 'fails' };

/** Holds a rule against a call. An allow whose facts are missing fails; a deny or approval then is an error. */
export function outcomeOf(compiled: CompiledRule, call: CallView): RuleOutcome {
	let unknown: Condition | undefined;
	for (const condition of compiled.others) {
		const outcome = condition.test(call);
		if (outcome === 'fails') {
			return FAILS;
		}
		unknown ??= outcome === 'cannot-tell' ? condition : undefined;
	}
	const lenient = compiled.rule.effect !== 'allow';
	if (unknown !== undefined && !lenient) {
		return FAILS;
	}
	for (const place of compiled.places) {
		const outcome = place.test(call);
		if (outcome === 'fails' || (outcome === 'cannot-tell' && !lenient)) {
			return ELSEWHERE;
		}
		unknown ??= outcome === 'cannot-tell' ? place : undefined;
	}
	return unknown === undefined ? HOLDS : { kind: 'error', error: ruleError(compiled.rule, unknown, call) };
}

/** One line for a condition of a rule that cannot be judged. */
export function ruleError({ id }: Rule, condition: Condition, call: CallView): Phrase {
	return phrase('rule {0}: {1}', id, condition.why(call));
}

function usable(pattern: string): Glob {
	const outcome = compileNameGlob(pattern);
	if (!outcome.ok) {
		throw new TypeError(inEnglish(outcome.why));
	}
	return outcome.glob;
}
