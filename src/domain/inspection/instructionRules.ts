import { type InstructionRule } from './ruleShape';
import { OVERRIDE_RULES } from './rules/overrideRules';
import { ROLE_RULES } from './rules/roleRules';
import { MIMICRY_RULES } from './rules/mimicryRules';
import { ADDRESS_RULES } from './rules/addressRules';
import { HIJACK_RULES } from './rules/hijackRules';
import { ATTENTION_RULES } from './rules/attentionRules';
import { TOOL_RULES } from './rules/toolsRules';
import { PERSISTENCE_RULES } from './rules/persistenceRules';
import { CONCEALMENT_RULES } from './rules/concealmentRules';
import { EXFILTRATION_RULES } from './rules/exfiltrationRules';
import { OUTPUT_RULES } from './rules/outputRules';
import { AUTHORITY_RULES } from './rules/authorityRules';
import { HIDDEN_RULES } from './rules/hiddenRules';
import { LANGUAGE_OVERRIDE_RULES } from './rules/languageOverrideRules';
import { LANGUAGE_CONCEAL_RULES } from './rules/languageConcealRules';
import { LANGUAGE_ROLE_RULES } from './rules/languageRoleRules';

/** The shipped rules. Aimed at shapes, measured by `bench/inspection.mjs`. */
export const INSTRUCTION_RULES: readonly InstructionRule[] = [
	...OVERRIDE_RULES,
	...ROLE_RULES,
	...MIMICRY_RULES,
	...ADDRESS_RULES,
	...HIJACK_RULES,
	...ATTENTION_RULES,
	...TOOL_RULES,
	...PERSISTENCE_RULES,
	...CONCEALMENT_RULES,
	...EXFILTRATION_RULES,
	...OUTPUT_RULES,
	...AUTHORITY_RULES,
	...HIDDEN_RULES,
	...LANGUAGE_OVERRIDE_RULES,
	...LANGUAGE_CONCEAL_RULES,
	...LANGUAGE_ROLE_RULES,
];
