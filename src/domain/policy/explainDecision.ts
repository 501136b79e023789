import { CallView } from './callView';
import { type CompiledRule, compileRule, matchesNames } from './compiledRule';
import { type ConditionName, type ConditionOutcome } from './condition';
import { layersOf } from './decide';
import { errorText } from '../../base/errors';
import { type CallFacts } from './facts';
import { judgeFacts } from './judgeFacts';
import { refOf } from './judgePolicy';
import { type LayerKind, type PolicyLoad } from './policy';
import { matchesCapability } from './ruleIndex';
import { type RuleRef, type Verdict } from './verdict';

/** How one condition of a rule stood. */
export interface ConditionReport {
	readonly condition: ConditionName;
	/** JSON pointer of the one argument that it is about. */
	readonly pointer?: string;
	readonly outcome: ConditionOutcome;
	/** One line in the policy's own words; nothing from the call or a server is quoted. */
	readonly why: string;
}

/** How one rule stood: it matched when all of its conditions hold. */
export interface RuleReport {
	readonly rule: RuleRef;
	readonly layer: LayerKind;
	readonly matched: boolean;
	readonly conditions: readonly ConditionReport[];
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
	const rules = layers.flatMap(({ kind, power, policy }) =>
		policy.rules
			.filter(
				rule => matchesCapability(rule, facts.capability) && (power === 'grants' || rule.effect !== 'allow'),
			)
			.map(rule => report(kind, rule, call)),
	);
	const winner = rules.find(({ rule }) => rule.id === verdict.rule?.id && rule.at === verdict.rule.at);
	return { verdict, ...(winner !== undefined && { winner }), rules };
}

function report(layer: LayerKind, rule: CompiledRule['rule'], call: CallView): RuleReport {
	const ref = refOf(rule);
	try {
		const conditions = conditionsOf(compileRule(rule), call);
		return { rule: ref, layer, matched: conditions.every(({ outcome }) => outcome === 'holds'), conditions };
	} catch (error) {
		const why = errorText(error);
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
		why: holds ? 'the name matches' : 'the name does not match',
	});
	return [
		{ condition: 'capability', outcome: 'holds', why: `'${rule.capability}' covers the capability of the call` },
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
