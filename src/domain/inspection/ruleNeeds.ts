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
function isReadableIn(rules: readonly InstructionRule[]): (literal: string) => boolean {
	const letters = new Set(rules.flatMap(({ hints }) => hints).join(''));
	return literal => Array.from(literal).every(letter => letter <= '\u007f' || letters.has(letter));
}

interface Made {
	readonly literals: Literals;
	readonly rules: readonly NeedyRule[];
}

function make(all: readonly InstructionRule[]): Made {
	const isReadable = isReadableIn(all);
	const known = new Map<string, readonly (readonly string[])[]>();
	const groupsOf = ({ pattern }: InstructionRule) => {
		const plain = patternOf(pattern);
		const groups = known.get(plain.source) ?? requiredLiterals(plain, isReadable);
		known.set(plain.source, groups);
		return groups;
	};
	const worded = all.map(rule => ({ rule, groups: groupsOf(rule) }));
	const literals = new Literals(worded.flatMap(({ rule, groups }) => [...rule.hints, ...groups.flat()]));
	const rules = worded.map(({ rule, groups }) => ({
		rule,
		hints: rule.hints.map(hint => literals.numberOf(hint)),
		groups: groups.map(group => group.map(literal => literals.numberOf(literal))),
	}));
	return { literals, rules };
}

let made: Made | undefined;

/** Made with the first text that is looked at: the start of the editor does not wait for it. */
function ready(): Made {
	return (made ??= make(INSTRUCTION_RULES));
}

/** All rules. */
export function needyRules(): readonly NeedyRule[] {
	return ready().rules;
}

/** Where what the rules need occurs in an attacker-controlled, folded text: `Literals.places`. */
export function rulePlaces(text: string): Places | undefined {
	return ready().literals.places(unitsOf(text));
}
