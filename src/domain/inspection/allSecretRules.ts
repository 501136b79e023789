import { PRESET_RULES } from './presetRules';
import { RANDOM_NEAR } from './randomNear';
import { SECRET_RULES, type SecretRule } from './secretRules';

/** Our own rules, those of secretlint, and randomness beside a word. */
export const ALL_SECRET_RULES: readonly SecretRule[] = [...SECRET_RULES, ...PRESET_RULES, RANDOM_NEAR];
