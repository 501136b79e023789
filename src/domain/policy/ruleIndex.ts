import { coversCapability, isCapability } from './capabilityName';
import { type CompiledRule, compileRule, matchesNames } from './compiledRule';
import { hasGlobMagic } from './glob';
import { type Policy, type Rule } from './policy';

/** True when the rule speaks of this capability. An allow never speaks of `unknown` or of a malformed capability. */
export function matchesCapability(rule: Rule, capability: string): boolean {
	return coversCapability(rule.capability, capability) && (rule.effect !== 'allow' || isCapability(capability));
}

/** The rules that speak of this capability, server and tool, in the order of the policy. */
export function relevantRules(
	policy: Policy,
	capability: string,
	server: string,
	tool: string,
): readonly CompiledRule[] {
	const { rules } = indexOf(policy);
	const found: Entry[] = [];
	for (const pattern of patternsFor(capability)) {
		const byServer = rules.get(pattern);
		if (byServer !== undefined) {
			collect(byServer.get(ANY), tool, found);
			if (server !== ANY) {
				collect(byServer.get(server), tool, found);
			}
		}
	}
	return found
		.filter(({ rule }) => matchesCapability(rule.rule, capability) && matchesNames(rule, server, tool))
		.sort((left, right) => left.order - right.order)
		.map(({ rule }) => rule);
}

/** Whether an allow or approval of the policy is about this capability; `methods: strict` claims everything. */
export function claimsCapability(policy: Policy, capability: string): boolean {
	const { claimed } = indexOf(policy);
	return policy.methods === 'strict' || [...patternsFor(capability)].some(pattern => claimed.has(pattern));
}

/** Every pattern that may cover the capability. */
function patternsFor(capability: string): ReadonlySet<string> {
	const [resource = '', action = ''] = capability.split('.', 2);
	return new Set([capability, `${resource}.*`, `*.${action}`, '*']);
}

interface Entry {
	readonly order: number;
	readonly rule: CompiledRule;
}

type ByTool = Map<string, Entry[]>;

interface RuleIndex {
	/** Capability pattern → server → tool → rules; rules that name none, or a glob, are filed under {@link ANY}. */
	readonly rules: ReadonlyMap<string, ReadonlyMap<string, ByTool>>;
	/** Capability patterns of the allow and approval rules. */
	readonly claimed: ReadonlySet<string>;
}

/** No name: names are never empty in a policy. */
const ANY = '';

/** Policies are indexed once; the memo changes no outcome. */
const memo = new WeakMap<Policy, RuleIndex>();

function indexOf(policy: Policy): RuleIndex {
	const known = memo.get(policy);
	if (known !== undefined) {
		return known;
	}
	const rules = new Map<string, Map<string, ByTool>>();
	policy.rules.forEach((rule, order) => {
		const entry = { order, rule: compileRule(rule) };
		const byServer = at(rules, rule.capability, () => new Map<string, ByTool>());
		for (const server of literals(rule.servers)) {
			const byTool = at(byServer, server, () => new Map<string, Entry[]>());
			for (const tool of literals(rule.tools)) {
				at(byTool, tool, () => [] as Entry[]).push(entry);
			}
		}
	});
	const claimed = policy.rules.filter(({ effect }) => effect !== 'deny').map(({ capability }) => capability);
	const index = { rules, claimed: new Set(claimed) };
	memo.set(policy, index);
	return index;
}

function collect(byTool: ByTool | undefined, tool: string, found: Entry[]): void {
	if (byTool !== undefined) {
		found.push(...(byTool.get(tool) ?? []));
		if (tool !== ANY) {
			found.push(...(byTool.get(ANY) ?? []));
		}
	}
}

/** The names themselves where all are plain, else {@link ANY}. */
function literals(names: readonly string[] | undefined): readonly string[] {
	return names === undefined || names.some(hasGlobMagic) ? [ANY] : [...new Set(names)];
}

function at<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
	const known = map.get(key);
	if (known !== undefined) {
		return known;
	}
	const made = make();
	map.set(key, made);
	return made;
}
