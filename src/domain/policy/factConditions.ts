import { inEnglish, type Phrase, phrase } from '../../base/phrase';
import { type ArgMatcher, type ArgOutcome, compileArg, readPointer } from './argMatch';
import { CallView } from './callView';
import { type CallFacts } from './facts';
import { type ArgumentPart, type Condition, type ConditionOutcome } from './condition';
import { type Effect, type Rule } from './policy';
import { compilePattern, MAX_PATTERN_TEXT } from './pattern';

/** Compiles the conditions on arguments and on facts of the session, cheapest first. */
export function compileFacts(rule: Rule): readonly Condition[] {
	const { direction, until, labels, contains, keywords, leafPatterns } = rule;
	const conditions: Condition[] = [directionCondition(rule)];
	if (until !== undefined && rule.effect !== 'deny') {
		conditions.push(
			told(
				'until',
				call => call.facts.now,
				now => now < until,
				phrase('the rule counted until {0}', isoOf(until)),
				phrase('the rule counts until {0}', isoOf(until)),
			),
		);
	}
	if (labels !== undefined) {
		conditions.push({
			name: 'labels',
			test: ({ facts }) =>
				facts.labels === undefined
					? 'cannot-tell'
					: labels.every(label => facts.labels?.has(label) === true)
						? 'holds'
						: 'fails',
			why({ facts }) {
				const missing = labels.find(label => facts.labels?.has(label) !== true);
				return facts.labels === undefined
					? phrase('no labels of the session are known')
					: missing === undefined
						? phrase('the session has these labels')
						: phrase("the session has no label '{0}'", missing);
			},
		});
	}
	conditions.push(
		...(rule.args ?? []).map(arg => argCondition(compileArg(arg, rule.effect === 'allow'), rule.effect)),
	);
	if (contains !== undefined) {
		conditions.push(leafCondition('contains', [contains], lowered([contains])));
	}
	if (keywords !== undefined) {
		conditions.push(leafCondition('match_keywords', keywords, lowered(keywords)));
	}
	if (leafPatterns !== undefined) {
		const patterns = leafPatterns.map(source => {
			const outcome = compilePattern(source);
			if (!outcome.ok) {
				throw new TypeError(inEnglish(outcome.why));
			}
			return outcome.pattern;
		});
		// A leaf too long for a pattern counts as found: these conditions only deny and ask.
		conditions.push(
			leafCondition('match_regex', leafPatterns, call =>
				call.leaves.some(leaf => leaf.length > MAX_PATTERN_TEXT || patterns.some(each => each.finds(leaf))),
			),
		);
	}
	return direction === undefined && rule.effect !== 'allow' ? conditions.slice(1) : conditions;
}

/** An allow without `direction` speaks of the client's calls only; a deny or approval without it speaks of both. */
function directionCondition(rule: Rule): Condition {
	const wanted = rule.direction ?? 'client';
	return condition(
		'direction',
		call => ((call.facts.direction ?? 'client') === wanted ? 'holds' : 'fails'),
		() =>
			wanted === 'client'
				? phrase('the rule is for requests from the client')
				: phrase('the rule is for requests from the server'),
	);
}

function argCondition(matcher: ArgMatcher, effect: Effect): Condition {
	const { condition: arg } = matcher;
	const outcomeOf = (found: ArgOutcome, { facts }: CallView): ConditionOutcome => {
		switch (found) {
			case 'holds':
			case 'fails':
				return found;
			case 'mistyped':
				return effect === 'allow' ? 'fails' : 'holds';
			case 'missing':
				// A bound on a number that is not there protects nothing (gateway.md ARG-06).
				return effect !== 'allow' && arg.range !== undefined ? 'holds' : 'fails';
			case 'several-commands':
				// A pattern for one command must not let a second one through (gateway.md ARG-09).
				return effect === 'allow' && facts.capability.startsWith('shell.') ? 'fails' : 'holds';
		}
	};
	const texts: Readonly<Record<ArgOutcome, Phrase>> = {
		holds: phrase('{0} is as declared', arg.pointer),
		fails: phrase('{0} is not as declared', arg.pointer),
		missing: phrase('{0} is missing', arg.pointer),
		mistyped: phrase('{0} is of another type than declared', arg.pointer),
		'several-commands': phrase('{0} is as declared, but holds ; & | < > $ ( ) or a line break', arg.pointer),
	};
	const tokens = readPointer(arg.pointer) ?? [];
	const argument: ArgumentPart = {
		key: `${effect === 'allow' ? 'allow' : 'strict'} args ${JSON.stringify(arg)}`,
		pointer: arg.pointer,
		knownFrom: copy => copy.knows(tokens),
	};
	return {
		name: 'args',
		argument,
		test: call => toldOf(call, argument) ?? outcomeOf(matcher.test(call.facts.arguments), call),
		why: call =>
			toldOf(call, argument) === undefined
				? texts[matcher.test(call.facts.arguments)]
				: phrase('{0} was masked or cut; {1}', arg.pointer, toldWhy(call, argument)),
	};
}

/** What the trail says of a condition whose arguments are gone; undefined for every live call. */
function toldOf({ facts }: CallView, { key }: ArgumentPart): ConditionOutcome | undefined {
	const told = facts.told?.get(key);
	return told === undefined ? undefined : told ? 'holds' : 'fails';
}

function toldWhy(call: CallView, argument: ArgumentPart): Phrase {
	return toldOf(call, argument) === 'holds' ? phrase('the condition held') : phrase('the condition did not hold');
}

function lowered(needles: readonly string[]): (call: CallView) => boolean {
	const wanted = needles.map(needle => needle.toLowerCase());
	return call => call.lowerLeaves.some(leaf => wanted.some(needle => leaf.includes(needle)));
}

function leafCondition(
	name: Condition['name'],
	wanted: readonly string[],
	found: (call: CallView) => boolean,
): Condition {
	const argument: ArgumentPart = {
		key: `strict ${name} ${JSON.stringify(wanted)}`,
		// What holds by a leaf that is left holds; that none holds is known only when all are left.
		knownFrom: copy => !copy.altered || found(new CallView({ ...NO_FACTS, arguments: copy.intactLeaves })),
	};
	return {
		name,
		argument,
		test: call => toldOf(call, argument) ?? (found(call) ? 'holds' : 'fails'),
		why: call =>
			toldOf(call, argument) === undefined
				? found(call)
					? phrase('an argument holds it')
					: phrase('no argument holds it')
				: phrase('arguments were masked or cut; {0}', toldWhy(call, argument)),
	};
}

/** For looking at arguments alone. */
const NO_FACTS: CallFacts = {
	server: { id: '', name: '' },
	tool: '',
	capability: '',
	arguments: {},
	paths: [],
	host: { workspaceFolders: [], platform: 'posix', caseInsensitivePaths: false },
	prefixes: new Map(),
};

function told<T>(
	name: Condition['name'],
	fact: (call: CallView) => T | undefined,
	holds: (value: T) => boolean,
	failed: Phrase,
	held: Phrase,
): Condition {
	const test = (call: CallView): ConditionOutcome => {
		const value = fact(call);
		return value === undefined ? 'cannot-tell' : holds(value) ? 'holds' : 'fails';
	};
	return condition(name, test, call => {
		const outcome = test(call);
		return outcome === 'cannot-tell' ? phrase('the host did not tell') : outcome === 'holds' ? held : failed;
	});
}

function condition(
	name: Condition['name'],
	test: (call: CallView) => ConditionOutcome,
	why: (call: CallView) => Phrase,
): Condition {
	return { name, test, why };
}

function isoOf(milliseconds: number): string {
	return new Date(milliseconds).toISOString();
}
