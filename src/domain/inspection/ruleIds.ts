import { MODEL_RULE } from './detectInstructions';
import { INSTRUCTION_RULES } from './instructionRules';
import { LINK_RULES } from './linkFlaw';
import { MEDIA_RULES } from './mediaFlaw';
import { CONTRADICTS } from './mirrorFlaw';
import { PROSE_LINK_RULES } from './proseLinks';

/** Rules that are no patterns: what invisible.ts and detectInstructions.ts say of a text as a whole. */
const OTHER_IDS = [
	'hidden-tag-characters',
	'hidden-invisible-run',
	'hidden-bidi-override',
	'hidden-split-words',
	'encoded-unread',
	MODEL_RULE,
	CONTRADICTS,
	...LINK_RULES,
	...MEDIA_RULES,
	...PROSE_LINK_RULES,
];

/** Ids of all rules that a finding about text of a server can name. */
export const INSPECTION_RULE_IDS: readonly string[] = [...INSTRUCTION_RULES.map(({ id }) => id), ...OTHER_IDS];
