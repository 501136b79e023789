import { type Phrase, phrase } from '../../base/phrase';

/** Where a key of a whole policy stands, as messages say it. */
export const THE_POLICY = phrase('the policy');

/** Where a key of a rule stands, as messages say it. */
export const A_RULE = phrase('a rule');

const DEPTH = phrase("no host knows how deep a caller is; bound the session with 'limits:'");

/** Keys of CapFence (gateway.md §1.1) whose meaning cannot be kept, with what to write instead. */
const RULE_KEYS: Readonly<Record<string, Phrase>> = {
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
};

const TOP_KEYS: Readonly<Record<string, Phrase>> = {
	enforcement_mode: phrase("write 'mode: enforce' or 'mode: observe'"),
	extends: phrase(
		'policies do not include each other; the organisation, user and workspace files are layered instead',
	),
	rules: phrase('put each rule into the section deny, require_approval or allow'),
	risk_levels: phrase('a level of risk never decides; name capabilities in deny or require_approval'),
	approval_timeout_seconds: phrase("write '{0}' in the require_approval rules", 'approval: {timeout: 300}'),
	warn: phrase("write 'mode: observe' to record without stopping"),
};

/** What to write instead of a key that other products know and this one refuses. */
export function replacementFor(key: string, where: Phrase): Phrase | undefined {
	const table = where === THE_POLICY ? TOP_KEYS : where === A_RULE ? RULE_KEYS : {};
	return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The YAML is an argument, since the editor takes braces in a text for a placeholder. */
function amount(bound: 'min' | 'max'): Phrase {
	const yaml = `args: {'/amount': {range: {${bound}: 100}}}`;
	return phrase('say which argument is meant: {0}; both bounds are included', yaml);
}
