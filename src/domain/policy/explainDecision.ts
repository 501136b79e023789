import { CallView } from './callView';
import { type CompiledRule, compileRule, matchesNames } from './compiledRule';
import { type ConditionName, type ConditionOutcome } from './condition';
import { layersOf } from './decide';
import { mayGrant } from './folderPower';
import { errorText } from '../../base/errors';
import { type Phrase, phrase, verbatim } from '../../base/phrase';
import { type CallFacts } from './facts';
import { judgeFacts } from './judgeFacts';
import { refOf, standInsOf, type UncoveredPlace, uncoveredPlace } from './judgePolicy';
import { type LayerKind, type PolicyLayer, type PolicyLoad, type Rule } from './policy';
import { matchesCapability } from './ruleIndex';
import { type RuleRef, type Verdict } from './verdict';

/** How one condition of a rule stood. */
export interface ConditionReport {
	readonly condition: ConditionName;
	/** JSON pointer of the one argument that it is about. */
	readonly pointer?: string;
	readonly outcome: ConditionOutcome;
	/** One line in the policy's own words; nothing from the call or a server is quoted. */
	readonly why: Phrase;
}

/** How one rule stood: it matched when all of its conditions hold. */
export interface RuleReport {
	readonly rule: RuleRef;
	readonly layer: LayerKind;
	readonly matched: boolean;
	readonly conditions: readonly ConditionReport[];
	/**
	 * Set on an approval that matched, where it asks nobody: the call also goes to this place, which no allow and no
	 * approval of the layer covers. Attacker-controlled.
	 */
	readonly uncovered?: UncoveredPlace;
	/** Set on an approval that matched, where an allow of the same layer took its place (`instead_of`). */
	readonly standIn?: RuleRef;
}

/** Why a call was decided as it was. */
export interface Explanation {
	/** What {@link judgeFacts} says: the single truth. */
	readonly verdict: Verdict;
	/** The rule that decided, with its conditions; absent when none did. */
	readonly winner?: RuleReport;
	/** Every rule about the call's capability, uppermost layer first. */
	readonly rules: readonly RuleReport[];
}

/** Decides a call and tells, for every rule about its capability, which conditions held. Pure and total. */
export function explainDecision(load: PolicyLoad, facts: CallFacts): Explanation {
	const verdict = judgeFacts(load, facts);
	const call = new CallView(facts);
	const layers = load.policy === undefined ? [] : layersOf(load.policy);
	const rules = layers.flatMap(layer => {
		const { kind, policy } = layer;
		const grants = mayGrant(layer, facts);
		const { uncovered, standIns } = askingIn(layer, call);
		return policy.rules
			.filter(rule => matchesCapability(rule, facts.capability) && (grants || rule.effect !== 'allow'))
			.map(rule => {
				const told = report(kind, rule, call);
				if (!told.matched || rule.effect !== 'require_approval') {
					return told;
				}
				const standIn = standIns?.get(rule.id);
				return standIn !== undefined
					? { ...told, standIn: refOf(standIn) }
					: { ...told, ...(uncovered !== undefined && { uncovered }) };
			});
	});
	const winner = rules.find(({ rule }) => rule.id === verdict.rule?.id && rule.at === verdict.rule.at);
	return { verdict, ...(winner !== undefined && { winner }), rules };
}

/**
 * The rules that tell most first: the one that decided, then what matched, then what would have let the call pass, the
 * person's own before compositions and denies; of equals, what missed by less. `winner` is one of `rules`.
 */
export function nearestFirst(rules: readonly RuleReport[], winner: RuleReport | undefined): readonly RuleReport[] {
	return rules.toSorted((left, right) => rank(left, winner) - rank(right, winner) || misses(left) - misses(right));
}

function rank(report: RuleReport, winner: RuleReport | undefined): number {
	if (report === winner) {
		return 0;
	}
	if (report.matched) {
		return 1;
	}
	return report.rule.effect === 'deny' || report.layer === 'composition' ? 3 : 2;
}

function misses({ conditions }: RuleReport): number {
	return conditions.filter(({ outcome }) => outcome !== 'holds').length;
}

/** A layer that only tightens asks about every place, covered or not; a rule that cannot be compiled is told by itself. */
function askingIn(
	layer: PolicyLayer,
	call: CallView,
): { readonly uncovered?: UncoveredPlace | undefined; readonly standIns?: ReadonlyMap<string, Rule> } {
	try {
		const { policy } = layer;
		return mayGrant(layer, call.facts)
			? { uncovered: uncoveredPlace(policy, call), standIns: standInsOf(policy, call) }
			: {};
	} catch {
		return {};
	}
}

function report(layer: LayerKind, rule: CompiledRule['rule'], call: CallView): RuleReport {
	const ref = refOf(rule);
	try {
		const conditions = conditionsOf(compileRule(rule), call);
		return { rule: ref, layer, matched: conditions.every(({ outcome }) => outcome === 'holds'), conditions };
	} catch (error) {
		const why = verbatim(errorText(error));
		return {
			rule: ref,
			layer,
			matched: false,
			conditions: [{ condition: 'capability', outcome: 'cannot-tell', why }],
		};
	}
}

function conditionsOf(compiled: CompiledRule, call: CallView): readonly ConditionReport[] {
	const { server, tool } = call.facts;
	const { rule, servers, tools, others, places, gates } = compiled;
	const name = (condition: 'servers' | 'tools', holds: boolean): ConditionReport => ({
		condition,
		outcome: holds ? 'holds' : 'fails',
		why: holds ? phrase('the name matches') : phrase('the name does not match'),
	});
	return [
		{
			condition: 'capability',
			outcome: 'holds',
			why: phrase("'{0}' covers the capability of the call", rule.capability),
		},
		...(servers ? [name('servers', matchesNames({ ...compiled, tools: undefined }, server.name, tool))] : []),
		...(tools ? [name('tools', matchesNames({ ...compiled, servers: undefined }, server.name, tool))] : []),
		...[...others, ...places, ...gates].map(each => ({
			condition: each.name,
			...(each.argument?.pointer !== undefined && { pointer: each.argument.pointer }),
			outcome: each.test(call),
			why: each.why(call),
		})),
	];
}
