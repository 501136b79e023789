import { describe, expect, it } from 'vitest';
import { detectInstructions } from '../../../src/domain/inspection/detectInstructions';
import { INSTRUCTION_RULES } from '../../../src/domain/inspection/instructionRules';
import { fold } from '../../../src/domain/inspection/normalise';
import { type InstructionRule } from '../../../src/domain/inspection/ruleShape';
import { processorMs } from '../support/processorMs';

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

describe('a pattern takes linear time on what nearly matches it', () => {
	/** What begins like an example and never ends like one, with the gaps that patterns step over. */
	const FILLERS = [' ', ' a b ', "-'_", '\n', ' "', '. '];
	const near = (example: string): readonly string[] => {
		const words = fold(example).text.split(' ');
		const starts = [1, Math.ceil(words.length / 2), words.length - 1].map(count => words.slice(0, count).join(' '));
		return [...new Set(starts)].flatMap(start => FILLERS.map(filler => `${start}${filler}`));
	};
	const time = ({ pattern }: InstructionRule, unit: string, size: number): number => {
		const text = unit.repeat(Math.ceil(size / Math.max(1, unit.length)));
		pattern.lastIndex = 0;
		const start = processorMs();
		pattern.exec(text);
		return processorMs() - start;
	};

	it.each(INSTRUCTION_RULES.map(rule => [rule.id, rule] as const))('%s', (_id, rule) => {
		for (const unit of rule.examples.slice(0, 2).flatMap(near)) {
			const short = time(rule, unit, 4_000);
			const long = time(rule, unit, 32_000);
			// Quadratic growth would be times 64; linear is times 8. The absolute term is for a slow machine.
			expect([unit, long < 250 + 30 * short]).toEqual([unit, true]);
			expect([unit, long < 2_000]).toEqual([unit, true]);
		}
	});
});
