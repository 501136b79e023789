import { type PolicyLoad, type Rule } from '../domain/policy/policy';
import { quoteForPerson } from './quote';
import { say } from './say';

/** So many rules are listed in a modal; the document beside it has all of them. */
const MAX_RULES = 15;
const MAX_QUOTE = 240;

/** The rules of a policy that open something, the ones without a condition first. */
export function allowRules(load: PolicyLoad): readonly Rule[] {
	const rules = (load.policy?.rules ?? []).filter(({ effect }) => effect === 'allow');
	return [...rules].sort((left, right) => conditionsOf(left).length - conditionsOf(right).length);
}

/** What a rule allows, in one quoted line: capability, then each condition as the policy's author wrote it. */
export function describeRule(rule: Rule): string {
	const conditions = conditionsOf(rule);
	const narrowed = conditions.length === 0 ? say('everywhere, without a condition') : conditions.join(', ');
	return quoteForPerson(`${rule.capability}: ${narrowed}`, MAX_QUOTE);
}

/** The question's detail: host facts first, then the rules, quoted from the file. `digest` is that of the bytes shown. */
export function trustDetail(load: PolicyLoad, changed: boolean): string {
	const rules = allowRules(load);
	const facts = [
		say('File: {0}', quoteForPerson(load.file, 300)),
		`SHA-256: ${load.digest}`,
		...(changed ? [say('You trusted another text of this file before.')] : []),
		say('They count where your own policy and your organisation’s say nothing, and nowhere else.'),
		say('When the file changes, they stop counting until you have reviewed it again.'),
	];
	const quoted = rules.slice(0, MAX_RULES).map(rule => say('Line {0}: {1}', rule.at.line, describeRule(rule)));
	const more = rules.length - quoted.length;
	return [
		facts.join('\n'),
		[
			say('Quoted from the file:'),
			...quoted,
			...(more > 0 ? [say('… and {0} more, in the document', more)] : []),
		].join('\n'),
	].join('\n\n');
}

function conditionsOf(rule: Rule): readonly string[] {
	const { until, ...rest } = rule;
	const hidden: readonly (keyof Rule)[] = ['id', 'effect', 'capability', 'at', 'reason', 'approval'];
	const plain = Object.entries(rest)
		.filter(([key]) => !hidden.includes(key as keyof Rule))
		.map(([key, value]) => `${snake(key)} ${JSON.stringify(value)}`);
	return until === undefined ? plain : [...plain, `until ${new Date(until).toISOString()}`];
}

/** As keys are written in policies. */
function snake(key: string): string {
	return key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
