import { type Phrase, phrase } from '../../base/phrase';
import { compileArg } from './argMatch';
import { coversCapability } from './capabilityName';
import { actionsInstead, CLIENT_CAPABILITIES, probablyMeant } from './knownCapabilities';
import { isBelow } from './pathSegments';
import { type Rule } from './policy';
import { anchorOf, splitGlob } from './prefixes';
import { oneOf, quoted } from './problemWords';
import { type ScalarValue } from './ruleConditions';
import { lintOpenings } from './lintOpenings';
import { coversRule, isHostCovered } from './ruleCover';
import { type RuleFinding } from './ruleFinding';
import { lintStandIns } from './standIn';

/** A rule is compared with at most so many others, so that a hostile policy costs no more than its size. */
const MAX_COMPARED = 64;

/**
 * Rules that can never match, that a stricter rule always beats to it, or that stand twice. A deny that never matches is
 * an error: its author relies on it. `named` holds capabilities that the policy's own table gives out.
 */
export function lintRules(rules: readonly Rule[], named: ReadonlySet<string>): readonly RuleFinding[] {
	const findings: RuleFinding[] = [];
	const seen = new Map<string, Map<string, Rule> | Rule>();
	const stricter = groupByCapability(rules);
	const meanings = new Map<string, string | undefined>();
	const meantBy = (capability: string) => {
		if (!meanings.has(capability)) {
			meanings.set(capability, probablyMeant(capability));
		}
		return meanings.get(capability);
	};
	for (const rule of rules) {
		const dead = whyNever(rule, named, meantBy);
		if (dead !== undefined) {
			const severity = rule.effect === 'deny' ? 'error' : 'warning';
			findings.push({ rule, severity, code: 'never-matches', said: dead });
			continue;
		}
		const foreign = rule.effect === 'allow' ? foreignAction(rule, named) : undefined;
		if (foreign !== undefined) {
			findings.push({ rule, severity: 'warning', code: 'never-matches', said: foreign });
		}
		const twin = twinOf(rule, seen);
		if (twin !== undefined) {
			const said = phrase('The same rule stands in line {0}; remove one of the two.', twin.at.line);
			findings.push({ rule, severity: 'warning', code: 'duplicate-rule', said });
			continue;
		}
		const shadow = shadowOf(rule, stricter);
		if (shadow !== undefined) {
			findings.push({ rule, severity: 'warning', code: 'shadowed', said: shadow });
		}
	}
	return [...findings, ...lintOpenings(rules), ...lintStandIns(rules)];
}

function whyNever(
	rule: Rule,
	named: ReadonlySet<string>,
	meantBy: (capability: string) => string | undefined,
): Phrase | undefined {
	const { capability, direction } = rule;
	const meant = isNamed(capability, named) ? undefined : meantBy(capability);
	if (meant !== undefined) {
		return phrase(
			"No tool has the capability '{0}'; did you mean '{1}'? If it is your own, name it under 'capabilities:'.",
			capability,
			meant,
		);
	}
	if (direction === 'server' && !CLIENT_CAPABILITIES.some(each => coversCapability(capability, each))) {
		return phrase(
			"Servers ask their client for {0} only, so that 'direction: server' never holds.",
			CLIENT_CAPABILITIES.join(', '),
		);
	}
	if (direction !== 'server' && CLIENT_CAPABILITIES.includes(capability) && (direction ?? rule.effect) !== 'deny') {
		if (direction === 'client' || rule.effect === 'allow') {
			return phrase("Only servers ask for '{0}'; add 'direction: server'.", capability);
		}
	}
	if (!placesMeet(rule)) {
		return phrase("No path lies below 'path_prefix' and in 'paths' both.");
	}
	const impossible = rule.args?.find(arg => {
		const values = arg.equals !== undefined ? [arg.equals] : arg.oneOf;
		const matcher = compileArg({ ...arg, pointer: '/value' }, rule.effect === 'allow');
		const fits = (value: ScalarValue) => ['holds', 'several-commands'].includes(matcher.test({ value }));
		return values !== undefined && !values.some(fits);
	});
	return impossible && phrase("The conditions on '{0}' contradict each other.", impossible.pointer);
}

/** An allow that waits for an action which no tool of a known resource has by itself; a reviewer may still give it out. */
function foreignAction({ capability }: Rule, named: ReadonlySet<string>): Phrase | undefined {
	const [first, ...others] = isNamed(capability, named) ? [] : actionsInstead(capability);
	return first === undefined
		? undefined
		: phrase(
				"No tool has the capability '{0}' by itself; did you mean {1}? If it is your own, name it under 'capabilities:'.",
				capability,
				oneOf([quoted(first), ...others.map(quoted)]),
			);
}

function isNamed(capability: string, named: ReadonlySet<string>): boolean {
	return [...named].some(each => coversCapability(capability, each));
}

/** False only when it is certain that no path can satisfy both conditions. */
function placesMeet({ pathPrefix, paths }: Rule): boolean {
	if (pathPrefix === undefined || paths === undefined) {
		return true;
	}
	const prefix = withoutSlashesBehind(pathPrefix);
	return paths.some(glob => {
		const { base } = splitGlob(glob);
		return base === '' || anchorOf(base) !== anchorOf(prefix) || isBelow(base, prefix) || isBelow(prefix, base);
	});
}

/** A rule seen before that means the same. Meanings are written out only where effect and capability are the same. */
function twinOf(rule: Rule, seen: Map<string, Map<string, Rule> | Rule>): Rule | undefined {
	const key = `${rule.effect} ${rule.capability}`;
	const first = seen.get(key);
	if (first === undefined) {
		seen.set(key, rule);
		return undefined;
	}
	const meanings = first instanceof Map ? first : new Map([[meaningOf(first), first]]);
	seen.set(key, meanings);
	const meaning = meaningOf(rule);
	const twin = meanings.get(meaning);
	if (twin === undefined) {
		meanings.set(meaning, rule);
	}
	return twin;
}

function withoutSlashesBehind(text: string): string {
	let end = text.length;
	while (text.charAt(end - 1) === '/') {
		end--;
	}
	return text.slice(0, end);
}

/** Everything that decides about a rule's effect, in one text. */
function meaningOf(rule: Rule): string {
	const meaning = Object.entries(rule).filter(([key]) => !['id', 'at', 'reason'].includes(key));
	return JSON.stringify(meaning.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function groupByCapability(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
	const groups = new Map<string, Rule[]>();
	for (const rule of rules) {
		if (rule.effect !== 'allow') {
			const group = groups.get(rule.capability) ?? [];
			if (group.length < MAX_COMPARED) {
				group.push(rule);
			}
			groups.set(rule.capability, group);
		}
	}
	return groups;
}

function shadowOf(rule: Rule, stricter: ReadonlyMap<string, readonly Rule[]>): Phrase | undefined {
	if (rule.effect === 'deny') {
		return undefined;
	}
	const [resource = ''] = rule.capability.split('.');
	const groups = [...new Set([rule.capability, `${resource}.*`, '*'])].map(name => stricter.get(name) ?? []);
	if (groups.every(group => group.length === 0)) {
		return undefined;
	}
	const wider = groups
		.flat()
		.filter(other => (other.effect === 'deny' || rule.effect === 'allow') && !rule.insteadOf?.includes(other.id));
	const shadow = wider.find(other => other !== rule && coversRule(other, rule));
	if (shadow !== undefined) {
		return phrase(
			'The {0} rule in line {1} always decides before this one; narrow it or remove this.',
			shadow.effect,
			shadow.at.line,
		);
	}
	for (const other of rule.hosts === undefined ? [] : wider) {
		const { hosts: otherHosts, ...rest } = other;
		const host =
			otherHosts !== undefined && coversRule(rest, rule)
				? rule.hosts?.find(each => isHostCovered(each, otherHosts))
				: undefined;
		if (host !== undefined) {
			return phrase(
				"'{0}' never counts here: the {1} rule in line {2} covers it.",
				host,
				other.effect,
				other.at.line,
			);
		}
	}
	return undefined;
}
