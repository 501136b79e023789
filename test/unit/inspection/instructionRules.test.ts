import { describe, expect, it } from 'vitest';
import { detectInstructions } from '../../../src/domain/inspection/detectInstructions';
import { INSTRUCTION_RULES } from '../../../src/domain/inspection/instructionRules';
import { fold } from '../../../src/domain/inspection/normalise';
import { type InstructionRule } from '../../../src/domain/inspection/ruleShape';

/** Asks one rule alone, as `detectInstructions` does: a hint first, then the pattern. */
function finds({ hints, pattern }: InstructionRule, text: string): boolean {
	const folded = fold(text).text;
	pattern.lastIndex = 0;
	return hints.some(hint => folded.includes(hint)) && pattern.exec(folded) !== null;
}

describe.each(INSTRUCTION_RULES.map(rule => [rule.id, rule] as const))('rule %s (RESP-01)', (id, rule) => {
	it('finds its examples and leaves its counter-examples alone', () => {
		expect(rule.examples.length).toBeGreaterThan(0);
		expect(rule.examples.filter(text => !finds(rule, text))).toEqual([]);
		expect(rule.counter.filter(text => finds(rule, text))).toEqual([]);
	});

	it('is heard of by the detector', () => {
		const text = rule.examples[0] ?? '';
		const given = rule.decodedOnly ? btoa(text) : text;
		expect(detectInstructions(given).map(hit => hit.rule)).toContain(id);
	});

	it('has a weight and hints in lower case', () => {
		expect(rule.weight).toBeGreaterThan(0);
		expect(rule.weight).toBeLessThanOrEqual(1);
		expect(rule.hints.filter(hint => hint === '' || hint !== hint.toLowerCase())).toEqual([]);
	});
});
