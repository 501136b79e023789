import { type Phrase, phrase } from '../../base/phrase';
import { A_RULE, type KeyPlace, THE_POLICY } from './problemWords';

const DEPTH = phrase("no host knows how deep a caller is; bound the session with 'limits:'");

/** What to say of keys of CapFence (gateway.md §1.1) whose meaning cannot be kept in a rule: what to write instead. */
export const REPLACED_RULE_KEYS = replaced(A_RULE, {
	amount_gt: amount('min'),
	amount_gte: amount('min'),
	amount_lt: amount('max'),
	amount_lte: amount('max'),
	environment: phrase('an argument could claim any environment; keep one policy file for each place it is used in'),
	user_role: phrase('an argument could claim any role; keep one policy file for each group of people'),
	tenant: phrase('an argument could claim any tenant; name the server of that tenant with servers:'),
	risk_level: phrase("a level of risk never decides; name the capability, or hold the server to 'trust_level:'"),
	table: phrase('name the argument: {0}', "args: {'/table': {equals: orders}}"),
	threshold: phrase('it never had an effect; use limits: or args: with range:'),
	caller_depth_gt: DEPTH,
	caller_depth_gte: DEPTH,
	caller_depth_lt: DEPTH,
	caller_depth_lte: DEPTH,
	action: phrase('the section (deny, require_approval, allow) is the action'),
	path_contains: phrase("write a glob: paths: ['**/name/**']"),
});

/** The same of the keys of a whole policy, and of those that only a rule has. */
export const REPLACED_TOP_KEYS = {
	...replaced(THE_POLICY, {
		enforcement_mode: phrase("write 'mode: enforce' or 'mode: observe'"),
		extends: phrase(
			'policies do not include each other; the organisation, user and workspace files are layered instead',
		),
		rules: phrase('put each rule into the section deny, require_approval or allow'),
		risk_levels: phrase('a level of risk never decides; name capabilities in deny or require_approval'),
		approval_timeout_seconds: phrase("write '{0}' in the require_approval rules", 'approval: {timeout: 300}'),
		warn: phrase("write 'mode: observe' to record without stopping"),
	}),
	...Object.fromEntries(
		['path_prefix', 'paths', 'capability', 'servers', 'tools', 'reason'].map(key => [key, ofARule(key)]),
	),
};

/** The sentences of keys by the reasons why they are none. */
function replaced(where: KeyPlace, reasons: Readonly<Record<string, Phrase>>): Readonly<Record<string, Phrase>> {
	return Object.fromEntries(
		Object.entries(reasons).map(([key, why]) => [key, phrase("'{0}' is not a key {1}: {2}.", key, where.of, why)]),
	);
}

function ofARule(key: string): Phrase {
	return phrase(
		"'{0}' belongs to a rule, but stands at the top level; indent it under its '- capability:' line.",
		key,
	);
}

/** The YAML is an argument, since the editor takes braces in a text for a placeholder. */
function amount(bound: 'min' | 'max'): Phrase {
	const yaml = `args: {'/amount': {range: {${bound}: 100}}}`;
	return phrase('say which argument is meant: {0}; both bounds are included', yaml);
}
