import { type Phrase, phrase } from '../../base/phrase';
import { type CallView } from './callView';
import { coversCapability } from './capabilityName';
import { compileRule } from './compiledRule';
import { type Rule } from './policy';
import { coversRule } from './ruleCover';
import { type RuleFinding } from './ruleFinding';

/** What of the matching approvals of one layer still asks, and which allow took the place of others. */
export interface Asking {
	readonly asking: readonly Rule[];
	/** By the id of the approval: the allow that stands in for it. */
	readonly standIns: ReadonlyMap<string, Rule>;
}

/**
 * Which of the approvals that match a call still ask, where allows of the same layer that match it too say `instead_of`. An
 * allow stands in only where it speaks of everything that the call may touch. An approval with limits is never replaced: who
 * counts calls also wants to be asked. Denies, errors and other layers are not looked at here, and stay as they are.
 */
export function stillAsking(asking: readonly Rule[], allowing: readonly Rule[], call: CallView): Asking {
	const standIns = new Map<string, Rule>();
	for (const allow of allowing) {
		if (allow.insteadOf !== undefined && speaksOfAll(allow, call)) {
			for (const { id, limits } of asking.filter(({ id: each }) => allow.insteadOf?.includes(each))) {
				if (limits === undefined && !standIns.has(id)) {
					standIns.set(id, allow);
				}
			}
		}
	}
	return { asking: standIns.size === 0 ? asking : asking.filter(({ id }) => !standIns.has(id)), standIns };
}

/** Beyond what every allow asks for: what may be a path or names many, and every URL in a text, lies there as well. */
function speaksOfAll(allow: Rule, call: CallView): boolean {
	const { paths, hosts } = compileRule(allow);
	const places =
		paths === undefined ||
		(call.globs.length === 0 &&
			call.possiblePaths.every(
				({ judgeable, forms }) => judgeable && forms.every(form => paths.covers(form, call)),
			));
	return places && (hosts === undefined || call.urls.every(url => hosts.covers(url)));
}

/** `instead_of` that replaces nothing, or so much that an approval never asks. All are warnings; none of it opens anything. */
export function lintStandIns(rules: readonly Rule[]): readonly RuleFinding[] {
	const named = new Map(rules.map(rule => [rule.id, rule]));
	return rules.flatMap(rule => (rule.insteadOf ?? []).flatMap(id => findingOf(rule, id, named.get(id)) ?? []));
}

function findingOf(rule: Rule, id: string, asking: Rule | undefined): RuleFinding | undefined {
	const warning = (code: RuleFinding['code'], said: Phrase) => ({
		...{ rule, code, said },
		severity: 'warning' as const,
	});
	if (asking?.effect !== 'require_approval') {
		return warning(
			'unknown-rule',
			phrase(
				"No require_approval rule of this file has the id '{0}', so that 'instead_of' replaces nothing; such a rule still asks.",
				id,
			),
		);
	}
	const { line } = asking.at;
	if (asking.limits !== undefined) {
		return warning('ignored', phrase('The require_approval rule in line {0} has limits, and always asks.', line));
	}
	if (
		!coversCapability(asking.capability, rule.capability) &&
		!coversCapability(rule.capability, asking.capability)
	) {
		return warning(
			'never-matches',
			phrase(
				"The require_approval rule in line {0} is about '{1}' and never asks about what this allows; remove '{2}' here.",
				line,
				asking.capability,
				id,
			),
		);
	}
	return coversRule(rule, asking)
		? warning(
				'shadowed',
				phrase(
					'The require_approval rule in line {0} never asks any more: this allow always stands in for it. Narrow this to a server, tool or folder.',
					line,
				),
			)
		: undefined;
}
