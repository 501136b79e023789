import { MODEL_RULE } from './detectInstructions';
import { INSTRUCTION_RULES } from './instructionRules';

/** Rules that are no patterns: what invisible.ts and detectInstructions.ts say of a text as a whole. */
const OTHER_IDS = [
	'hidden-tag-characters',
	'hidden-invisible-run',
	'hidden-bidi-override',
	'hidden-split-words',
	'encoded-unread',
	MODEL_RULE,
];

/** Ids of all rules that a finding about text of a server can name. */
export const INSPECTION_RULE_IDS: readonly string[] = [...INSTRUCTION_RULES.map(({ id }) => id), ...OTHER_IDS];
