import { describe, expect, it } from 'vitest';
import { INSTRUCTION_RULES } from '../../../src/domain/inspection/instructionRules';
import { fold } from '../../../src/domain/inspection/normalise';
import { patternOf } from '../../../src/domain/inspection/quotation';
import { requiredLiterals } from '../../../src/domain/inspection/requiredLiterals';

const of = (pattern: RegExp) => requiredLiterals(pattern, () => true).map(group => [...group].sort());

describe('what must be in a text so that a pattern can match it', () => {
	it.each([
		['one word', /\bignore/g, [['ignore']]],
		['words with a gap', /ignore[^a-z]{1,8}previous/g, [['previous'], ['ignore']]],
		['either of two', /(?:ignor(?:e|ing)|forget) it/g, [['forget it', 'ignore it', 'ignoring ']]],
		['a part that may be absent', /ignore(?: previous)? texts/g, [['ignore te', 'ignore pr']]],
		['a part that comes again', /(?:ignore[^a-z]){1,3}x/g, [['ignore']]],
		['a class of few', /api[_ -]keys/g, [['api_keys', 'api keys', 'api-keys']]],
		['escapes', /\x69gnore\.\u0073h/g, [['ignore.sh']]],
	])('%s', (_, pattern, groups) => {
		expect(of(pattern)).toEqual(groups.map(group => [...group].sort()));
	});

	it.each([
		['what may be absent', /(?:ignore)?[a-z]{1,4}/g],
		['what must not be there', /(?!ignore)[a-z]+/g],
		['what stands before it', /(?<=ignore)[a-z]+/g],
		['one side without any', /ignore|[a-z]{9}/g],
		['short words', /to|an/g],
		['upper case or lower', /ignore/gi],
		['a reference', /(ignore)\1/g],
		['a property', /ignore\p{L}/gu],
		['a named group', /(?<word>ignore)/g],
	])('nothing of %s', (_, pattern) => {
		expect(of(pattern)).toEqual([]);
	});

	it('every match in an example holds one literal of each group', () => {
		let seen = 0;
		for (const rule of INSTRUCTION_RULES) {
			const pattern = patternOf(rule.pattern);
			const groups = requiredLiterals(pattern, () => true);
			for (const text of [...rule.examples, ...rule.counter].map(example => fold(example).text)) {
				pattern.lastIndex = 0;
				for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
					const [found] = match;
					seen += groups.length;
					expect([rule.id, groups.filter(group => !group.some(each => found.includes(each)))]).toEqual([
						rule.id,
						[],
					]);
				}
			}
		}
		expect(seen).toBeGreaterThan(200);
	});
});
