import { type Phrase, phrase } from '../../base/phrase';
import { coversCapability } from './capabilityName';
import { type Rule } from './policy';
import { type ArgCondition, type ScalarValue } from './ruleConditions';
import { coversRule } from './ruleCover';
import { type RuleFinding } from './ruleFinding';
import { hasOnlyPlaces } from './unconditional';

/** Each rule is compared with at most so many allows, so that a hostile policy costs no more than its size. */
const MAX_COMPARED = 64;

/** Rules that restrict less than they seem to, because calls pass by another way. All are warnings. */
export function lintOpenings(rules: readonly Rule[]): readonly RuleFinding[] {
	const open = rules.filter(rule => rule.effect === 'allow' && hasOnlyPlaces(rule));
	return rules.flatMap(rule => [...besideWider(rule, open), ...whenAbsent(rule)]);
}

function besideWider(rule: Rule, open: readonly Rule[]): readonly RuleFinding[] {
	const limited = rule.effect === 'allow' && rule.limits !== undefined;
	const ending = rule.effect === 'require_approval' && rule.until !== undefined;
	if (!limited && !ending) {
		return [];
	}
	const wider = open
		.filter(other => other.capability === '*' || coversCapability(other.capability, rule.capability))
		.slice(0, MAX_COMPARED)
		.find(other => coversRule(other, rule));
	if (wider === undefined) {
		return [];
	}
	const { line } = wider.at;
	return [
		limited
			? warning(
					rule,
					'limits-nothing',
					phrase(
						'These limits bound nothing: the allow rule in line {0} lets the same calls pass without. Narrow that one, or put the limits there.',
						line,
					),
				)
			: warning(
					rule,
					'opens-later',
					phrase(
						"When 'until' has passed, the allow rule in line {0} lets these calls pass unasked. Put 'until' on the allow, or remove it here.",
						line,
					),
				),
	];
}

function whenAbsent(rule: Rule): readonly RuleFinding[] {
	const arg = rule.effect === 'allow' ? undefined : rule.args?.find(isUsual);
	return arg === undefined
		? []
		: [
				warning(
					rule,
					'passes-when-absent',
					phrase(
						"This holds only when '{0}' is given; a tool may take the same for granted when it is missing. Allow by the value that you do want instead.",
						arg.pointer,
					),
				),
			];
}

/** True for values that tools use when an argument is missing. A `range` beside them holds for what is missing too. */
function isUsual({ equals, oneOf, range }: ArgCondition): boolean {
	const values: readonly (ScalarValue | undefined)[] = [equals, ...(oneOf ?? [])];
	return range === undefined && values.some(value => [false, null, 0, ''].some(usual => usual === value));
}

function warning(rule: Rule, code: RuleFinding['code'], said: Phrase): RuleFinding {
	return { rule, severity: 'warning', code, said };
}
