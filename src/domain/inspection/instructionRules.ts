import { ACTION_RULES } from './actionRules';
import { type InstructionRule } from './ruleShape';
import { TURN_RULES } from './turnRules';

/** The shipped rules. Aimed at shapes, measured by `bench/inspection.mjs`. */
export const INSTRUCTION_RULES: readonly InstructionRule[] = [...TURN_RULES, ...ACTION_RULES];
