import { INSTRUCTION_RULES } from './instructionRules';
import { Literals, type Places } from './literals';
import { patternOf } from './quotation';
import { requiredLiterals } from './requiredLiterals';
import { type InstructionRule } from './ruleShape';
import { type Needs } from './stretchesNear';
import { unitsOf } from './survey';

/** A rule, and where it is worth to be tried. */
export interface NeedyRule extends Needs {
	readonly rule: InstructionRule;
}

/** One automaton tells at most some 250 letters apart: of other scripts there are those of the hints. */
const LETTERS = new Set(INSTRUCTION_RULES.flatMap(({ hints }) => hints).join(''));
const isReadable = (literal: string): boolean =>
	Array.from(literal).every(letter => letter <= '\u007f' || LETTERS.has(letter));

const known = new Map<string, readonly (readonly string[])[]>();

function groupsOf({ pattern }: InstructionRule): readonly (readonly string[])[] {
	const plain = patternOf(pattern);
	const before = known.get(plain.source);
	const groups = before ?? requiredLiterals(plain, isReadable);
	known.set(plain.source, groups);
	return groups;
}

const WORDED = INSTRUCTION_RULES.map(rule => ({ rule, groups: groupsOf(rule) }));
const LITERALS = new Literals(WORDED.flatMap(({ rule, groups }) => [...rule.hints, ...groups.flat()]));

/** All rules. */
export const NEEDY_RULES: readonly NeedyRule[] = WORDED.map(({ rule, groups }) => ({
	rule,
	hints: rule.hints.map(hint => LITERALS.numberOf(hint)),
	groups: groups.map(group => group.map(literal => LITERALS.numberOf(literal))),
}));

/** Where what the rules need occurs in an attacker-controlled, folded text: `Literals.places`. */
export function rulePlaces(text: string): Places | undefined {
	return LITERALS.places(unitsOf(text));
}
