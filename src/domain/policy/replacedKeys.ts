/** Keys of CapFence (gateway.md §1.1) whose meaning cannot be kept, with what to write instead. */
const RULE_KEYS: Readonly<Record<string, string>> = {
	amount_gt: amount('min'),
	amount_gte: amount('min'),
	amount_lt: amount('max'),
	amount_lte: amount('max'),
	environment: 'an argument could claim any environment; keep one policy file for each place it is used in',
	user_role: 'an argument could claim any role; keep one policy file for each group of people',
	tenant: 'an argument could claim any tenant; name the server of that tenant with servers:',
	risk_level: "a level of risk never decides; name the capability, or hold the server to 'trust_level:'",
	table: "name the argument: args: {'/table': {equals: orders}}",
	threshold: 'it never had an effect; use limits: or args: with range:',
	caller_depth_gt: depth(),
	caller_depth_gte: depth(),
	caller_depth_lt: depth(),
	caller_depth_lte: depth(),
	action: 'the section (deny, require_approval, allow) is the action',
	path_contains: "write a glob: paths: ['**/name/**']",
};

const TOP_KEYS: Readonly<Record<string, string>> = {
	enforcement_mode: "write 'mode: enforce' or 'mode: observe'",
	extends: 'policies do not include each other; the organisation, user and workspace files are layered instead',
	rules: 'put each rule into the section deny, require_approval or allow',
	risk_levels: 'a level of risk never decides; name capabilities in deny or require_approval',
	approval_timeout_seconds: "write 'approval: {timeout: 300}' in the require_approval rules",
	warn: "write 'mode: observe' to record without stopping",
};

/** What to write instead of a key that other products know and this one refuses. */
export function replacementFor(key: string, where: string): string | undefined {
	const table = where === 'the policy' ? TOP_KEYS : where === 'a rule' ? RULE_KEYS : {};
	return Object.hasOwn(table, key) ? table[key] : undefined;
}

function amount(bound: 'min' | 'max'): string {
	return `say which argument is meant: args: {'/amount': {range: {${bound}: 100}}}; both bounds are included`;
}

function depth(): string {
	return "no host knows how deep a caller is; bound the session with 'limits:'";
}
